#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ahap {

// A file that others publish and the program reads but may not bring along.
struct PublishedWeights {
  std::string holds;      // as recognise_model_file says: "Depth Anything 3 Giant"
  std::string part;       // of a full model: "scene", "human", "human3r", "unish", "body", "smplx"
  std::string file_name;  // as published
  std::string page;       // where to get it
  std::string licence;    // of the file
  std::uint64_t bytes = 0;
};

// Best first within a part.
const std::vector<PublishedWeights>& published_weights();

// The first that holds this; null when it is none of them.
const PublishedWeights* find_official_file(const std::string& holds);
// The best of a part; null when others publish none.
const PublishedWeights* recommended_file(const std::string& part);

// What a part of a model is for, in a person's words: "cameras and depth", ...
std::string purpose_of_part(const std::string& part);

}  // namespace ahap
