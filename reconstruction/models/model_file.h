#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "reconstruction/models/network_memory.h"

namespace ahap {

// A file that can be a part of a full model.
struct ModelFile {
  std::filesystem::path file;
  // Of model.json's files: "scene", "dune", "human", "human3r", "unish", "chromm", "ahap", "body",
  // "smplx".
  std::string part = {};
  // "Depth Anything 3 Giant", "Pi3X", "MASt3R with DUNE B", "Multi-HMR L 896", "Human3R", "UniSH", "CHROMM
  // heads", "SMPL body".
  std::string holds = {};
  std::uint64_t bytes = 0;  // of the file
  std::string size = {};    // of a network that has several, as model.json may name it: "Giant", "L"
  int width = 0;            // channels of a network's backbone
  int input_size = 0;       // side of a network's square input, pixels
  NetworkMemory memory = {};
};

enum class ValidationLevel {
  quick,  // what it is, from names and shapes
  check,  // and whether it is whole: every tensor or array that is needed, with its shape
};

// Recognised by what the file holds, never by its name; a network's weights themselves are not read. Throws
// one sentence that names the file and says what it looks like when it cannot be a part of a model.
ModelFile recognise_model_file(const std::filesystem::path& file,
                               ValidationLevel scrutiny = ValidationLevel::check);

// Whether a file's name says that it is meant as a part of a model rather than as a picture or video.
bool is_named_like_a_model_file(const std::filesystem::path& file);

}  // namespace ahap
