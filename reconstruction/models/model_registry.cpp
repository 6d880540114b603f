#include "reconstruction/models/model_registry.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/json_problem.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/installation/model_installation.h"
#include "reconstruction/models/compact_model_sizes.h"
#include "reconstruction/models/published_weights.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFull = "full";
constexpr const char* kPhoto = "photo";

// `size` is what model.json says of the network in the file, empty where it says nothing.
ModelPart look_at_part(const std::string& name, const fs::path& file, const std::string& size,
                       bool recognise) {
  ModelPart part{.part = name, .file = file};
  std::error_code error;
  part.there = fs::is_regular_file(file, error);
  if (!part.there) return part;
  part.bytes = fs::file_size(file, error);
  if (!recognise) return part;
  try {
    const bool network = name != "body" && name != "smplx";  // of which names and shapes suffice
    part.found = recognise_model_file(file, network ? ValidationLevel::check : ValidationLevel::quick);
    if (const PublishedWeights* official = find_official_file(part.found->holds))
      part.licence = official->licence;
    if (part.found->part != name) {
      part.problem =
          file.string() + " holds " + part.found->holds + ", but its model.json names it as " + name + ".";
    } else if (!size.empty() && part.found->size != size) {
      part.problem =
          file.string() + " holds " + part.found->holds + ", but its model.json says " + size + ".";
    }
  } catch (const std::exception& failure) {
    part.problem = error_text(failure);
  }
  return part;
}

// A network of the photo model: its graph, and its weights in a file of their own.
ModelPart look_at_graph(const std::string& name, const fs::path& graph, const fs::path& weights) {
  ModelPart part{.part = name, .file = graph, .there = true};
  const PackagedNetwork* published = find_photo_network(graph.filename().string());
  if (published) {
    part.found = ModelFile{.file = graph, .part = name, .holds = published->holds};
    part.licence = published->licence;
  }
  for (const fs::path& file : {graph, weights}) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
      part.there = false;
      part.file = file;
      continue;
    }
    part.bytes += fs::file_size(file, error);
    if (published && part.problem.empty())
      part.problem = difference_from_published(file == graph ? published->graph : published->weights, file);
  }
  if (part.found) part.found->bytes = part.bytes;
  return part;
}

std::vector<ModelPart> look_at_graphs(const ModelDescription& description) {
  std::vector<ModelPart> parts;
  for (const PackagedNetwork& network : photo_model().networks) {
    const auto file = [&](const std::string& part, const PackagedFile& published) {
      const auto named = description.files.find(part);
      return named == description.files.end() ? description.directory / published.name : named->second;
    };
    parts.push_back(look_at_graph(network.part, file(network.part, network.graph),
                                  file(network.part + "_weights", network.weights)));
  }
  return parts;
}

// The published name where it tells something; every scene network is published as model.safetensors.
fs::path name_in_folder(const ModelFile& file) {
  if (file.part != "scene") return file.file.filename();
  std::string name = file.holds;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name + file.file.extension().string();
}

nlohmann::json description_with(const ModelFile& file, const fs::path& folder, const fs::path& name) {
  nlohmann::json json = {{"name", kFull}, {"kind", kFull}, {"files", nlohmann::json::object()}};
  if (std::ifstream in = open_input_file(folder / "model.json"); in) {
    try {
      json = parse_json(in);
      if (json.at("kind") != kFull) {
        throw std::runtime_error((folder / "model.json").string() +
                                 " describes another kind of model than \"full\".");
      }
      json.at("files").get<std::map<std::string, std::string>>();
    } catch (const nlohmann::json::exception& error) {
      throw std::runtime_error((folder / "model.json").string() +
                               " cannot be understood: " + json_problem(error));
    }
  }
  json["files"][file.part] = name.string();
  for (const char* needed : {"scene", "human"}) {
    if (!json["files"].contains(needed)) json["files"][needed] = recommended_file(needed)->file_name;
  }
  if (json.contains("networks")) json["networks"].erase(file.part);
  return json;
}

void copy_whole(const fs::path& from, const fs::path& to, const Progress& progress) {
  constexpr std::size_t kBlock = 8 << 20;
  std::ifstream in = open_input_file(from);
  if (!in) throw std::runtime_error(from.string() + " cannot be read.");
  const double size = double(fs::file_size(from));
  safe_write(to, [&](std::ostream& out) {
    std::vector<char> block(kBlock);
    for (double done = 0; done < size;) {
      step(progress, "copy", done / size);
      in.read(block.data(), std::streamsize(block.size()));
      if (in.gcount() == 0) throw std::runtime_error(from.string() + " cannot be read to its end.");
      out.write(block.data(), in.gcount());
      done += double(in.gcount());
    }
  });
}

void bring(const fs::path& source, const fs::path& target, InstallMethod placing, const Progress& progress) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(target, error))) {
    throw std::runtime_error(target.string() + " is there already and is not replaced; move it away first.");
  }
  if (placing == InstallMethod::link) {
    fs::create_symlink(source, target, error);
    if (error) throw std::runtime_error(target.string() + " cannot be made: " + error.message() + ".");
    return;
  }
  const std::uint64_t needed = fs::file_size(source);
  if (const auto space = fs::space(target.parent_path(), error); !error && space.available < needed) {
    throw std::runtime_error(source.string() + " does not fit into " + target.parent_path().string() + ": " +
                             std::to_string(needed >> 20) + " MiB are needed and " +
                             std::to_string(space.available >> 20) + " MiB are free; link it instead.");
  }
  copy_whole(source, target, progress);
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

InstalledModel inspect_model(const fs::path& directory) {
  InstalledModel model{.directory = directory, .name = directory.filename().string()};
  try {
    const ModelDescription description = read_model_description(directory);
    model.name = description.name;
    model.kind = description.kind;
    model.licence = description.licence;
    if (description.kind == kPhoto) {
      model.parts = look_at_graphs(description);
      return model;
    }
    for (const auto& [part, file] : description.files) {
      const auto size = description.sizes.find(part);
      model.parts.push_back(look_at_part(part, file, size == description.sizes.end() ? "" : size->second,
                                         description.runs_published_networks()));
    }
    if (model.kind == "compact" && model.usable()) read_compact_sizes(directory / "model.json");
  } catch (const std::exception& error) {
    model.problem = error_text(error);
  }
  return model;
}

std::vector<InstalledModel> inspect_models() {
  std::vector<InstalledModel> models;
  std::set<std::string> names;
  for (const fs::path& directory : installed_models()) {
    models.push_back(inspect_model(directory));
    models.back().hidden = !names.insert(directory.filename().string()).second;
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

fs::path place_model_file(const ModelFile& file, InstallMethod placing, const Progress& progress) {
  const fs::path folder = full_model_folder(), source = fs::absolute(file.file);
  std::error_code error;
  const bool there_already = fs::equivalent(source.parent_path(), folder, error);
  const fs::path name = there_already ? source.filename() : name_in_folder(file), target = folder / name;
  const nlohmann::json description = description_with(file, folder, name);
  fs::create_directories(folder, error);
  if (error) {
    throw std::runtime_error(folder.string() + " cannot be made: " + error.message() +
                             "; choose another place for models with AHAP_MODELS.");
  }
  if (!there_already) bring(source, target, placing, progress);
  safe_write(folder / "model.json", [&](std::ostream& out) { out << description.dump(1) << "\n"; });
  return target;
}

}  // namespace ahap
