#include "reconstruction/model_shelf.h"

#include <algorithm>
#include <set>

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFull = "full";

ModelPart look_at_part(const std::string& name, const fs::path& file, bool recognise) {
  ModelPart part{.part = name, .file = file};
  std::error_code error;
  part.there = fs::is_regular_file(file, error);
  if (!part.there) return part;
  part.bytes = fs::file_size(file, error);
  if (!recognise) return part;
  try {
    part.found = recognise_model_file(file, Scrutiny::glance);
    if (part.found->part != name) {
      part.problem =
          file.string() + " holds " + part.found->holds + ", but its model.json names it as " + name + ".";
    }
  } catch (const std::exception& failure) {
    part.problem = failure.what();
  }
  return part;
}

}  // namespace

bool InstalledModel::usable() const {
  return problem.empty() && std::all_of(parts.begin(), parts.end(), [](const ModelPart& part) {
           return part.there && part.problem.empty();
         });
}

const ModelPart* InstalledModel::part(const std::string& wanted) const {
  const auto found =
      std::find_if(parts.begin(), parts.end(), [&](const ModelPart& part) { return part.part == wanted; });
  return found == parts.end() ? nullptr : &*found;
}

std::vector<InstalledModel> look_at_models() {
  std::vector<InstalledModel> models;
  std::set<std::string> names;
  for (const fs::path& directory : installed_models()) {
    InstalledModel model{.directory = directory, .name = directory.filename().string()};
    try {
      const ModelDescription description = read_model_description(directory);
      model.name = description.name;
      model.kind = description.kind;
      model.licence = description.licence;
      for (const auto& [part, file] : description.files)
        model.parts.push_back(look_at_part(part, file, description.kind == kFull));
    } catch (const std::exception& error) {
      model.problem = error.what();
    }
    model.hidden = !names.insert(directory.filename().string()).second;
    models.push_back(std::move(model));
  }
  return models;
}

fs::path full_model_folder() {
  const auto path = model_search_path();
  for (const fs::path& folder : path) {
    std::error_code error;
    if (fs::exists(folder / kFull / "model.json", error)) return folder / kFull;
  }
  return path.front() / kFull;
}

}  // namespace ahap
