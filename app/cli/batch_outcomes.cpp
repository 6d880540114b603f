#include "app/cli/batch_outcomes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iomanip>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "reconstruction/capture/capture.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeader = "capture,outcome,seconds,views,people,message";
constexpr std::array<std::string_view, 3> kOutcomes = {"done", "failed", "skipped"};  // as in Outcome

using Row = std::vector<std::string>;

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

// Splits text as `quoted` and commas join it. Throws std::invalid_argument.
std::vector<Row> rows_of(std::string_view text) {
  std::vector<Row> rows;
  for (std::size_t at = 0; at < text.size();) {
    Row& row = rows.emplace_back();
    for (bool more = true; more;) {
      std::string& cell = row.emplace_back();
      if (at < text.size() && text[at] == '"') {
        for (++at; text.substr(at, 1) != "\"" || text.substr(at, 2) == "\"\""; ++at) {
          if (at >= text.size()) throw std::invalid_argument("a quotation without an end");
          cell += text[at];
          if (text[at] == '"') ++at;
        }
        ++at;
      } else {
        const std::size_t end = std::min(text.find_first_of(",\r\n", at), text.size());
        cell = text.substr(at, end - at);
        at = end;
      }
      more = text.substr(at, 1) == ",";
      if (more) ++at;
    }
    if (text.substr(at, 1) == "\r") ++at;
    if (at < text.size() && text[at++] != '\n') throw std::invalid_argument("text after a quotation");
  }
  return rows;
}

template <typename Number>
std::optional<Number> number_of(const std::string& cell) {
  if (cell.empty()) return std::nullopt;
  Number number{};
  const char* end = cell.data() + cell.size();
  const auto [rest, error] = std::from_chars(cell.data(), end, number);
  if (error != std::errc() || rest != end || !(number >= 0) || !std::isfinite(double(number)))
    throw std::invalid_argument(cell);
  return number;
}

CaptureOutcome outcome_of(const Row& row) {
  if (row.size() != 6 || row[0].empty()) throw std::invalid_argument("the number of cells");
  const auto outcome = std::find(kOutcomes.begin(), kOutcomes.end(), row[1]);
  if (outcome == kOutcomes.end()) throw std::invalid_argument(row[1]);
  return {Outcome(outcome - kOutcomes.begin()), number_of<double>(row[2]), number_of<int>(row[3]),
          number_of<int>(row[4]), row[5]};
}

}  // namespace

OutcomeTable::OutcomeTable(const fs::path& file) : file_(file) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(file, error))) return;
  try {
    read();
  } catch (const std::exception&) {
    throw std::runtime_error(file.string() +
                             " is in the way: it is no table of outcomes as a batch writes it; move it away "
                             "or choose another output folder");
  }
}

void OutcomeTable::read() {
  std::ifstream in = open_input_file(file_);
  std::string header;
  if (!std::getline(in, header) || header != kHeader) throw std::invalid_argument("the header");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  for (const Row& row : rows_of(text)) {
    const CaptureOutcome outcome = outcome_of(row);
    if (!outcomes_.emplace(row[0], outcome).second) throw std::invalid_argument(row[0]);
  }
}

void OutcomeTable::put(const std::string& capture, const CaptureOutcome& outcome) {
  outcomes_[lossless_utf8(capture)] = outcome;
  write();
}

const CaptureOutcome* OutcomeTable::find(const std::string& capture) const {
  const auto found = outcomes_.find(lossless_utf8(capture));
  return found == outcomes_.end() ? nullptr : &found->second;
}

void OutcomeTable::write() const {
  safe_write(
      file_,
      [&](std::ostream& out) {
        out << kHeader << '\n';
        for (const auto& [capture, outcome] : outcomes_) {
          out << quoted(capture) << ',' << kOutcomes[std::size_t(outcome.outcome)] << ',';
          if (outcome.seconds) out << std::fixed << std::setprecision(2) << *outcome.seconds;
          out << ',';
          if (outcome.views) out << *outcome.views;
          out << ',';
          if (outcome.people) out << *outcome.people;
          out << ',' << quoted(readable(outcome.message)) << '\n';
        }
      },
      true);
}

bool OutcomeTable::NaturalLess::operator()(const std::string& a, const std::string& b) const {
  return natural_less(a, b);
}

}  // namespace ahap
