#pragma once

#include <filesystem>

namespace ahap {

// Opens a file or folder with the desktop's own program for it (xdg-open), and returns at once. Throws a
// sentence where there is none.
void open_on_desktop(const std::filesystem::path& path);

}  // namespace ahap
