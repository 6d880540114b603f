#pragma once

#include <c10/util/Exception.h>

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace ahap {

// Work on the weights of a file, or of a model's folder. What LibTorch refuses about them becomes a sentence
// that names it.
template <typename Work>
auto on_weights_of(const std::filesystem::path& file, Work&& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    if (std::string_view(error.what()).find("memory") != std::string_view::npos) throw;
    throw std::runtime_error(file.string() +
                             " cannot be used: its tensors do not fit together; get the weights anew.");
  }
}

}  // namespace ahap
