#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ahap {

using Measures = std::map<std::string, double>;  // what a step or a validation measured, by name

// What a run measured, kept as a CSV file: `step`, `seconds`, then one column per measure; an empty cell is
// no value.
class History {
 public:
  struct Row {
    int step = 0;
    double seconds = 0;  // of training until then
    Measures values;
  };

  // Takes up the file where there is one. Throws a sentence with the file's name where it is no such table.
  explicit History(std::filesystem::path file);

  const std::vector<Row>& rows() const { return rows_; }
  bool has(int step) const { return !rows_.empty() && rows_.back().step >= step; }
  // The file is complete at every moment (safe_write).
  void add(Row row);
  // Forgets what came after a step.
  void cut_after(int step);

 private:
  void write() const;

  std::filesystem::path file_;
  std::vector<Row> rows_;
};

}  // namespace ahap
