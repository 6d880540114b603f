#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ahap {

// What comes from the web in place of a file that was wanted: a web page, a Git LFS pointer, a packed file,
// half a download. A sentence without the path that says what it is and what to do ("is a web page, ...");
// nothing where neither the first bytes (256 suffice) nor the name show one of these.
std::optional<std::string> mistaken_for(std::string_view start, const std::filesystem::path& name = {});

// Throws "<path> <sentence>" where the file is one of these. A file that cannot be read passes.
void require_not_mistaken(const std::filesystem::path& file);

// "model-00001-of-00002.safetensors" is one of several parts of the weights: throws a sentence that says so.
void require_whole(const std::filesystem::path& file);

}  // namespace ahap
