#include "reconstruction/calibration/file_storage.h"

#include <cmath>
#include <sstream>

#include "reconstruction/calibration/readers.h"

namespace ahap {
namespace {

constexpr double kMostElements = 4096;  // of a matrix; calibrations have 9

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string unquoted(const std::string& text) {
  const bool quoted =
      text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');)
    if (const std::string word = trimmed(item); !word.empty()) items.push_back(unquoted(word));
  return items;
}

class StorageReader {
 public:
  explicit StorageReader(const std::filesystem::path& file) : file_(file), in_(calibration_text(file)) {}

  FileStorageNodes read() {
    FileStorageNodes nodes;
    next();
    while (there_) {
      if (line_.empty() || line_[0] == '%' || line_ == "---" || line_ == "..." || line_[0] == '#') {
        next();
        continue;
      }
      const std::size_t colon = line_.find(':');
      if (indent_ > 0 || colon == std::string::npos) fail("is no key with a value: " + line_.substr(0, 40));
      key_ = unquoted(trimmed(line_.substr(0, colon)));
      const std::string value = trimmed(line_.substr(colon + 1));
      next();
      if (!nodes.try_emplace(key_, node(value)).second) fail("is there twice");
    }
    return nodes;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    refuse_calibration(file_, (key_.empty() ? "line " + std::to_string(number_) : key_) + " " + what);
  }

  void next() {
    there_ = bool(std::getline(in_, line_));
    if (!there_) return;
    ++number_;
    const std::size_t first = line_.find_first_not_of(" \t\r");
    indent_ = first == std::string::npos ? 0 : int(first);
    line_ = trimmed(line_);
  }

  FileStorageNode node(const std::string& value) {
    if (value.starts_with("!!opencv-matrix")) return matrix();
    FileStorageNode node;
    if (value.starts_with('[')) {
      node.items = split(bracketed(value));
    } else if (!value.empty()) {
      node.items = {unquoted(value)};
    } else {
      for (; there_ && line_.starts_with('-'); next())
        node.items.push_back(unquoted(trimmed(line_.substr(1))));
      while (there_ && indent_ > 0) next();  // a map, which calibrations do not have
    }
    return node;
  }

  // What stands between brackets, over several lines.
  std::string bracketed(std::string text) {
    while (text.find(']') == std::string::npos) {
      if (!there_ || (indent_ == 0 && !line_.empty())) fail("lacks its closing bracket");
      text += " " + line_;
      next();
    }
    const std::size_t end = text.find(']');
    if (!trimmed(text.substr(end + 1)).empty()) fail("goes on behind its closing bracket");
    return text.substr(1, end - 1);
  }

  FileStorageNode matrix() {
    std::map<std::string, std::string> parts;
    while (there_ && indent_ > 0) {
      const std::size_t colon = line_.find(':');
      if (colon == std::string::npos) fail("is no matrix");
      const std::string part = trimmed(line_.substr(0, colon));
      std::string value = trimmed(line_.substr(colon + 1));
      next();
      parts[part] = value.starts_with('[') ? bracketed(value) : value;
    }
    const auto side = [&](const char* name) {
      const auto number = number_in(parts[name]);
      if (!number || *number != std::floor(*number) || *number < 0 || *number > kMostElements)
        fail(std::string("has no number of ") + name);
      return int(*number);
    };
    const int rows = side("rows"), columns = side("cols");
    const std::vector<std::string> words = split(parts["data"]);
    if (double(rows) * columns > kMostElements || words.size() != std::size_t(rows) * std::size_t(columns)) {
      fail("has " + std::to_string(words.size()) + " numbers for " + std::to_string(rows) + " x " +
           std::to_string(columns));
    }
    FileStorageNode node;
    node.matrix.resize(rows, columns);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto number = number_in(words[i]);
      if (!number) fail("holds " + words[i].substr(0, 40) + ", which is no number");
      node.matrix(Eigen::Index(i) / columns, Eigen::Index(i) % columns) = *number;
    }
    return node;
  }

  std::filesystem::path file_;
  std::istringstream in_;
  std::string line_, key_;
  int number_ = 0, indent_ = 0;
  bool there_ = false;
};

}  // namespace

FileStorageNodes read_file_storage(const std::filesystem::path& file) {
  return StorageReader(file).read();
}

}  // namespace ahap
