#include "reconstruction/training/history.h"

#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> result;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) result.push_back(cell);
  return result;
}

}  // namespace

History::History(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream in = open_input_file(file_);
  std::string line;
  if (!std::getline(in, line)) return;
  const auto names = cells(line);
  const auto damaged = [&] {
    return std::runtime_error(file_.string() + " is not the table of a training run; move it away.");
  };
  if (names.size() < 2 || names[0] != "step" || names[1] != "seconds") throw damaged();
  while (std::getline(in, line)) {
    const auto values = cells(line);
    if (values.size() < 2 || values.size() > names.size()) throw damaged();
    Row row;
    try {
      row.step = std::stoi(values[0]);
      row.seconds = std::stod(values[1]);
      for (std::size_t i = 2; i < values.size(); ++i) {
        if (!values[i].empty()) row.values[names[i]] = std::stod(values[i]);
      }
    } catch (const std::logic_error&) {
      throw damaged();
    }
    rows_.push_back(std::move(row));
  }
}

void History::add(Row row) {
  rows_.push_back(std::move(row));
  write();
}

void History::cut_after(int step) {
  const std::size_t before = rows_.size();
  while (!rows_.empty() && rows_.back().step > step) rows_.pop_back();
  if (rows_.size() != before) write();
}

void History::write() const {
  std::set<std::string> names;
  for (const Row& row : rows_) {
    for (const auto& [name, value] : row.values) names.insert(name);
  }
  safe_write(file_, [&](std::ostream& out) {
    out << "step,seconds";
    for (const std::string& name : names) out << ',' << name;
    out << '\n';
    for (const Row& row : rows_) {
      out << row.step << ',' << row.seconds;
      for (const std::string& name : names) {
        out << ',';
        if (const auto value = row.values.find(name); value != row.values.end()) out << value->second;
      }
      out << '\n';
    }
  });
}

}  // namespace ahap
