#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

namespace ahap {

// Writes beside the target and renames when complete, so that no half file is ever left under the final name.
// The stream is binary, in the C locale, and throws at the first byte that cannot be written. Throws a
// sentence with the path when the folder is not writable or the disk is full. `to_disk`: the bytes are on the
// disk before the file gets its name, so that not even a power failure leaves half of it.
void safe_write(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write,
                bool to_disk = false);

// Waits until the disk has a file or the names in a folder, so that a power cut finds them. A network drive
// that cannot do this is no failure. Throws std::filesystem_error.
void flush_to_disk(const std::filesystem::path& path);

}  // namespace ahap
