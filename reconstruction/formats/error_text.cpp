#include "reconstruction/formats/error_text.h"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <string_view>

#include "reconstruction/formats/readable.h"

namespace ahap {
namespace {

std::string sentence(const std::exception& error) {
  if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
    const std::filesystem::path& path = file->path2().empty() ? file->path1() : file->path2();
    return path.string() + (path.empty() ? "" : ": ") + file->code().message();
  }
  if (const auto* system = dynamic_cast<const std::system_error*>(&error))
    return "The system refuses: " + system->code().message();
  if (const auto* ours = dynamic_cast<const std::runtime_error*>(&error)) return ours->what();
  const std::string_view theirs = error.what();
  if (dynamic_cast<const std::bad_alloc*>(&error) ||
      theirs.find("can't allocate memory") != std::string_view::npos)
    return "There is not enough memory; use fewer or smaller pictures, or a smaller model.";
  if (theirs.find("out of memory") != std::string_view::npos)
    return "The graphics card has not enough memory; use fewer pictures or a smaller model, or compute with "
           "--device cpu.";
  return "Something went wrong that this program did not expect. Please report it, with the command and its "
         "files.";
}

}  // namespace

std::string error_text(const std::exception& error) {
  return readable(sentence(error));
}

}  // namespace ahap
