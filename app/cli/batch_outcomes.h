#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace ahap {

enum class Outcome { done, failed, skipped };

// What became of one capture.
struct CaptureOutcome {
  Outcome outcome = Outcome::done;
  std::optional<double> seconds;     // that its run took
  std::optional<int> views, people;  // of its result
  std::string message;               // of a failure, or why it was skipped
};

// The captures of a batch and what became of them, kept in a CSV file (RFC 4180) that is whole after each of
// them: capture,outcome,seconds,views,people,message. What an earlier run has told stays until the capture
// is told anew.
class OutcomeTable {
 public:
  // Reads the file where there is one. Throws a sentence where it is no table of this kind.
  explicit OutcomeTable(const std::filesystem::path& file);

  void put(const std::string& capture, const CaptureOutcome& outcome);
  // Null where there is none.
  const CaptureOutcome* find(const std::string& capture) const;

  const std::filesystem::path& file() const { return file_; }

 private:
  struct NaturalLess {
    bool operator()(const std::string& a, const std::string& b) const;
  };

  void read();
  void write() const;

  std::filesystem::path file_;
  std::map<std::string, CaptureOutcome, NaturalLess> outcomes_;  // by name as lossless UTF-8
};

}  // namespace ahap
