#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/models/model_directory.h"
#include "reconstruction/models/model_file.h"
#include "reconstruction/progress.h"

namespace ahap {

// One file that a model names, or a network's two (graph and weights).
struct ModelPart {
  std::string part;  // its key in model.json
  std::filesystem::path file;
  bool there = false;
  std::uint64_t bytes = 0;
  std::optional<ModelFile> found = {};  // what it holds, where that is known
  std::string licence = {};             // of what it holds, where that is known
  std::string problem = {};             // why it cannot be used, one sentence
};

struct InstalledModel {
  std::filesystem::path directory;
  std::string name;  // the folder's when model.json cannot be read
  std::string kind = {};
  std::string licence = {};  // as model.json states it, may be empty
  std::vector<ModelPart> parts = {};
  std::string problem = {};  // why model.json cannot be used, one sentence
  bool hidden = false;       // a model of this name comes earlier on the search path

  bool usable() const;
  const ModelPart* part(const std::string& name) const;
};

// A folder with a model.json, with what its files hold. Of the photo model, whose published sums are known,
// files are read and compared with them; other weights are not read.
InstalledModel inspect_model(const std::filesystem::path& directory);
// Every model on the search path.
std::vector<InstalledModel> inspect_models();

// Where files of the published networks go: the folder of the model "full", which need not exist yet.
std::filesystem::path full_model_folder();

enum class InstallMethod { copy, link };

// Puts a recognised file into full_model_folder() and names it in the model.json there, which is made when
// there is none (with the recommended file's name for a part that is still missing). The file arrives under
// its final name when it is whole. Throws a sentence, changing nothing, when a file of that name is there
// already, the disk is full or the folder cannot be written; Cancelled when stopped. Returns the file's new
// place.
std::filesystem::path place_model_file(const ModelFile& file, InstallMethod placing,
                                       const Progress& progress = {});

}  // namespace ahap
