#include "reconstruction/formats/mistaken_file.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <stdexcept>

#include "reconstruction/formats/input_file.h"

namespace ahap {
namespace {

struct Packing {
  std::string_view magic, name, tool;
};
constexpr Packing kPackings[] = {
    {"\x1F\x8B", "gzip", "gunzip"},          {"BZh", "bzip2", "bunzip2"},
    {"\xFD\x37zXZ", "xz", "unxz"},           {"\x28\xB5\x2F\xFD", "zstd", "unzstd"},
    {"7z\xBC\xAF\x27\x1C", "7-Zip", "7z x"}, {"Rar!", "RAR", "unrar x"}};
constexpr std::string_view kUnfinished[] = {".crdownload", ".part", ".partial", ".download", ".aria2"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

bool is_web_page(std::string_view start) {
  const std::size_t first = start.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos) return false;
  const std::string text = lower(std::string(start.substr(first, 32)));
  return text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head") ||
         text.starts_with("<!--");
}

}  // namespace

std::optional<std::string> mistaken_for(std::string_view start, const std::filesystem::path& name) {
  if (start.starts_with("version https://git-lfs"))
    return "is a Git LFS pointer, which only names the file; get the file itself with `git lfs pull`, or "
           "from its page";
  if (is_web_page(start))
    return "is a web page and not the file: its site may want you to log in or to accept a licence first; "
           "download it "
           "again with a browser";
  const bool safetensors = start.size() > 8 && start[8] == '{';  // whose first bytes, a length, may be any
  for (const auto& [magic, packing, tool] : kPackings) {
    if (start.starts_with(magic) && !safetensors)
      return "is packed with " + std::string(packing) + "; unpack it first (" + std::string(tool) + ")";
  }
  if (start.starts_with('{') && start.find("\"weight_map\"") != std::string_view::npos)
    return "is the list of weights that are kept in several files; this program reads weights that are in "
           "one";
  const std::string ending = lower(name.extension().string());
  if (std::find(std::begin(kUnfinished), std::end(kUnfinished), ending) != std::end(kUnfinished))
    return "is an unfinished download; wait for its end, or download it again";
  return std::nullopt;
}

void require_not_mistaken(const std::filesystem::path& file) {
  std::string start(256, '\0');
  std::ifstream in = open_input_file(file);
  in.read(start.data(), std::streamsize(start.size()));
  start.resize(std::size_t(in.gcount()));
  if (start.empty()) return;
  if (const auto sentence = mistaken_for(start, file))
    throw std::runtime_error(file.string() + " " + *sentence + ".");
}

void require_whole(const std::filesystem::path& file) {
  static const std::regex part(".*-0*(\\d{1,5})-of-0*(\\d{1,5})\\.\\w+");
  std::smatch numbers;
  const std::string name = file.filename().string();
  if (!std::regex_match(name, numbers, part) || numbers[2] == "1") return;
  throw std::runtime_error(
      file.string() + " is part " + numbers[1].str() + " of " + numbers[2].str() +
      " of the weights; this program reads weights that are in one file: join the parts first.");
}

}  // namespace ahap
