#pragma once

#include <filesystem>
#include <fstream>

namespace ahap {

// Pipes, devices, sockets and folders are no files to read from: opening one may wait for ever. Throws a
// sentence that says which of them `file` is; a path where nothing is passes, so that whoever opens it says
// that it is missing.
void require_regular_file(const std::filesystem::path& file);

// The file for reading its bytes, after the check above. The stream has failed where it cannot be opened,
// with the reason in errno.
std::ifstream open_input_file(const std::filesystem::path& file);

// A file that is there to be read, behind links too; asks nothing else and never throws.
bool is_plain_file(const std::filesystem::path& file);

}  // namespace ahap
