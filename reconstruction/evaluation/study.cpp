#include "reconstruction/evaluation/study.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "reconstruction/evaluation/report.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"

namespace ahap {
namespace {

using Json = nlohmann::json;

Json read_report(const std::filesystem::path& file) {
  std::ifstream in = open_input_file(file);
  if (!in) throw std::runtime_error("Cannot read the report " + file.string() + ".");
  try {
    return parse_json(in);
  } catch (const Json::exception&) {
    throw std::runtime_error("The report " + file.string() +
                             " is not JSON; remove it and run the study again.");
  }
}

std::string heading(const std::string& key) {
  for (const ScoreColumn& column : score_columns()) {
    if (column.key != key) continue;
    std::string text = column.name;
    if (!column.unit.empty()) text.append(" (").append(column.unit).append(")");
    return text;
  }
  if (key == "/seconds/total") return "seconds";
  throw std::invalid_argument("study: there is no score " + key);
}

std::string cell(const Json& report, const std::string& key) {
  const Json::json_pointer at(key), interval_at("/intervals" + key);
  if (!report.contains(at) || !report[at].is_number()) return "-";
  std::string text = score_text(report[at].get<double>());
  if (report.contains(interval_at) && report[interval_at].is_array() && report[interval_at].size() == 2) {
    text.append(" (").append(score_text(report[interval_at][0].get<double>()));
    text.append(" to ").append(score_text(report[interval_at][1].get<double>())).append(")");
  }
  return text;
}

}  // namespace

std::string study_markdown(const std::string& title, const std::vector<StudyTable>& tables) {
  std::ostringstream out;
  out << "# " << title << "\n";
  for (const StudyTable& table : tables) {
    out << "\n## " << table.question << "\n\n";
    if (!table.explanation.empty()) out << table.explanation << "\n\n";
    out << "| |";
    for (const std::string& column : table.columns) out << " " << heading(column) << " |";
    out << "\n|---|";
    for (std::size_t i = 0; i < table.columns.size(); ++i) out << "---|";
    out << "\n";
    for (const StudyRow& row : table.rows) {
      const Json report = read_report(row.report);
      out << "| " << row.name << " |";
      for (const std::string& column : table.columns) out << " " << cell(report, column) << " |";
      out << "\n";
    }
  }
  return out.str();
}

}  // namespace ahap
