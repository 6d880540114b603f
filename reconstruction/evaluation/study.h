#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ahap {

// A study compares reports of write_report_json on the same captures: one table per question, one row per
// way.

struct StudyRow {
  std::string name;
  std::filesystem::path report;  // JSON of write_report_json
};

struct StudyTable {
  std::string question;              // its heading
  std::string explanation;           // a sentence below it; may be empty
  std::vector<std::string> columns;  // ScoreColumn::key, or "/seconds/total"
  std::vector<StudyRow> rows;
};

// Markdown: every score with its 95 % interval. A row whose report has no value shows a dash. Throws a
// sentence that names the file for a report that cannot be read.
std::string study_markdown(const std::string& title, const std::vector<StudyTable>& tables);

}  // namespace ahap
