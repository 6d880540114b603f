#include "reconstruction/calibration/toml.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "reconstruction/calibration/readers.h"

namespace ahap {
namespace {

constexpr int kDeepest = 16;  // lists in lists

class TomlReader {
 public:
  explicit TomlReader(const std::filesystem::path& file) : file_(file), text_(calibration_text(file)) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  std::vector<TomlTable> read() {
    std::vector<TomlTable> tables(1);
    std::set<std::string> names;
    for (skip_lines(); !ended(); skip_lines()) {
      if (peek() == '[') {
        tables.push_back({table_name(), {}});
        if (!names.insert(tables.back().name).second)
          fail("opens the table " + tables.back().name + " again");
      } else {
        const std::string key = take_key();
        skip_blanks();
        if (!take('=')) fail("has no = behind " + key);
        if (!tables.back().values.try_emplace(key, take_value(0)).second) fail("sets " + key + " again");
      }
      end_line();
    }
    return tables;
  }

 private:
  bool ended() const { return at_ >= text_.size(); }
  char peek() const { return ended() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (peek() != c || ended()) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void fail(const std::string& what) const {
    const auto lines =
        std::count(text_.begin(), text_.begin() + std::ptrdiff_t(std::min(at_, text_.size())), '\n');
    refuse_calibration(file_, "line " + std::to_string(lines + 1) + " " + what);
  }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++at_;
  }
  void skip_comment() {
    if (peek() == '#')
      while (!ended() && peek() != '\n') ++at_;
  }
  // Blanks, comments and ends of lines.
  void skip_lines() {
    do {
      skip_blanks();
      skip_comment();
    } while (take('\n'));
  }
  void end_line() {
    skip_blanks();
    skip_comment();
    if (!ended() && !take('\n')) fail("goes on where it should end");
  }

  static bool is_bare(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

  std::string take_key() {
    if (peek() == '"' || peek() == '\'') return take_text();
    std::string key;
    while (is_bare(peek()) || peek() == '.') key += text_[at_++];
    if (key.empty()) fail("has no key");
    return key;
  }

  std::string table_name() {
    take('[');
    if (peek() == '[') fail("begins a list of tables, which no calibration has");
    std::string name;
    for (;;) {
      skip_blanks();
      name += take_key();
      skip_blanks();
      if (!take('.')) break;
      name += '.';
    }
    if (!take(']')) fail("has a table's name without its closing bracket");
    return name;
  }

  std::string take_text() {
    const char quote = text_[at_++];
    std::string text;
    while (!ended() && peek() != quote && peek() != '\n') {
      if (quote == '"' && peek() == '\\') ++at_;  // the character that follows stands for itself
      if (!ended()) text += text_[at_++];
    }
    if (!take(quote)) fail("has a text without its closing quotation mark");
    return text;
  }

  TomlValue take_value(int depth) {
    skip_blanks();
    const char first = peek();
    if (first == '"' || first == '\'') return {take_text()};
    if (first == '{') fail("has a table in braces, which no calibration has");
    if (first == '[') return {take_list(depth + 1)};
    std::string text;
    while (!ended() && std::string_view(",]#\n\r").find(peek()) == std::string_view::npos)
      text += text_[at_++];
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
    if (text.empty()) fail("has no value");
    return {TomlValue::Plain{std::move(text)}};
  }

  std::vector<TomlValue> take_list(int depth) {
    if (depth > kDeepest) fail("has lists in lists without end");
    take('[');
    std::vector<TomlValue> items;
    for (skip_lines(); !take(']'); skip_lines()) {
      items.push_back(take_value(depth));
      skip_lines();
      if (take(',')) continue;
      if (peek() != ']') fail("has a list without its closing bracket");
    }
    return items;
  }

  std::filesystem::path file_;
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<TomlTable> read_toml(const std::filesystem::path& file) {
  return TomlReader(file).read();
}

}  // namespace ahap
