#include "app/cli/batch_captures.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <map>
#include <stdexcept>

#include "reconstruction/capture/capture_folders.h"
#include "reconstruction/capture/file_kind.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/mistaken_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLongestList = 64 << 20;  // bytes: a million captures

fs::path without_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

// The place that a path names, with links followed.
fs::path place_of_capture(const fs::path& path) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(fs::absolute(path), error);
  return without_slash(error ? fs::absolute(path).lexically_normal() : place);
}

// As the person calls it: a link has a name of its own.
std::string name_of_capture(const fs::path& path) {
  return without_slash(fs::absolute(path).lexically_normal()).filename().string();
}

std::string without_blanks(const std::string& text) {
  constexpr const char* kBlank = " \t\r\f\v";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string read_list(const fs::path& list) {
  const auto refuse = [&](const std::string& why) {
    throw std::runtime_error(list.string() + ": " + why +
                             "; give folders, or a text file that names a capture on each line");
  };
  const FileKind kind = kind_of_file(list);
  if (kind != FileKind::other) refuse(kind == FileKind::video ? "is a video" : "is a picture");
  require_not_mistaken(list);
  std::ifstream in = open_input_file(list);
  if (!in) throw std::runtime_error(list.string() + ": cannot be read: " + std::strerror(errno));
  std::error_code ignored;
  if (fs::file_size(list, ignored) > kLongestList) refuse("is too long for a list of captures");
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) throw std::runtime_error(list.string() + ": cannot be read: " + std::strerror(errno));
  if (text.find('\0') != std::string::npos) refuse("is no text");
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

std::vector<fs::path> captures_of_list(const fs::path& list) {
  const std::string text = read_list(list);
  std::vector<fs::path> captures;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = without_blanks(text.substr(begin, end - begin));
    if (!line.empty() && line[0] != '#') captures.push_back(list.parent_path() / line);
    begin = end + 1;
  }
  if (captures.empty()) throw std::runtime_error(list.string() + ": names no capture");
  return captures;
}

std::vector<fs::path> named_captures(const std::vector<fs::path>& inputs, const fs::path& output,
                                     std::vector<std::string>& notes) {
  std::vector<fs::path> captures;
  for (const fs::path& input : inputs) {
    std::error_code error;
    if (!fs::exists(input, error)) throw std::runtime_error(input.string() + ": does not exist");
    if (!fs::is_directory(input, error)) {
      const std::vector<fs::path> listed = captures_of_list(input);
      captures.insert(captures.end(), listed.begin(), listed.end());
      continue;
    }
    CaptureFolders found = capture_folders(input);
    std::erase_if(found.captures, [&](const fs::path& folder) { return place_of_capture(folder) == output; });
    captures.insert(captures.end(), found.captures.begin(), found.captures.end());
    for (const Problem& problem : found.problems)
      if (place_of_capture(problem.path) != output) notes.push_back(message(problem));
  }
  return captures;
}

bool lies_in(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void require_apart(const BatchCapture& capture, const fs::path& place, const fs::path& output) {
  if (lies_in(output, place) || output / capture.name == place)
    throw std::runtime_error("the results of " + capture.input.string() +
                             " would lie in this capture itself; choose an output folder apart from it");
}

}  // namespace

BatchCaptures find_batch_captures(const std::vector<fs::path>& inputs, const fs::path& output,
                                  const std::vector<std::string>& reserved) {
  BatchCaptures batch;
  const fs::path results = place_of_capture(output);
  std::map<std::string, fs::path> by_name;
  for (const fs::path& input : named_captures(inputs, results, batch.notes)) {
    const fs::path place = place_of_capture(input);
    const BatchCapture capture{name_of_capture(input), input};
    const auto [taken, is_new] = by_name.try_emplace(capture.name, place);
    if (!is_new && taken->second == place) {
      batch.notes.push_back(input.string() + ": is named more than once, and is done once");
      continue;
    }
    if (!is_new)
      throw std::runtime_error(
          "two captures are called " + capture.name + ", " + taken->second.string() + " and " +
          place.string() + ", and would have their results in one folder, " +
          (output / capture.name).string() +
          "; rename one of them, or give them to two batches with an output folder each");
    if (std::find(reserved.begin(), reserved.end(), capture.name) != reserved.end())
      throw std::runtime_error(input.string() + ": a batch keeps a file of its own as " +
                               (output / capture.name).string() + "; rename the capture");
    require_apart(capture, place, results);
    batch.captures.push_back(capture);
  }
  if (batch.captures.empty()) throw std::runtime_error("no capture is named");
  std::sort(batch.captures.begin(), batch.captures.end(),
            [](const BatchCapture& a, const BatchCapture& b) { return natural_less(a.name, b.name); });
  return batch;
}

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, shard.number);
  const bool has_slash = number.ec == std::errc() && number.ptr != end && *number.ptr == '/';
  const auto count = has_slash ? std::from_chars(number.ptr + 1, end, shard.count) : number;
  if (!has_slash || count.ec != std::errc() || count.ptr != end || shard.number < 1 ||
      shard.number > shard.count)
    throw std::invalid_argument("'" + text + "' is not I/N, as 1/8 to 8/8");
  return shard;
}

std::vector<BatchCapture> captures_of(const Shard& shard, const std::vector<BatchCapture>& captures) {
  std::vector<BatchCapture> own;
  for (std::size_t i = std::size_t(shard.number) - 1; i < captures.size(); i += std::size_t(shard.count))
    own.push_back(captures[i]);
  return own;
}

}  // namespace ahap
