#include "reconstruction/models/compact_model_sizes.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reconstruction/branches/compact/compact_human.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"

namespace ahap {

CompactModelConfig::CompactModelConfig(const CompactSceneConfig& scene, const InstanceConfig& instance)
    : scene(scene), instance(instance) {
  const int detection_dim = instance.feature_dim + kAppearanceDim;
  association.human_dim = detection_dim;
  association.scene_dim = scene.feature_dim;
  association.dim = 256;
  association.heads = 8;
  association.embedding_dim = 64;
  association.seeded_queries = true;
  head.human_dim = scene.head_dim;
  head.detection_dim = detection_dim;
  head.scene_dim = scene.feature_dim;
  head.projected_scene_dim = 64;
  head.person_dim = association.dim;
  head.dim = 256;
  head.heads = 8;
  head.layers = 2;
}

void to_json(nlohmann::json& json, const CompactModelConfig& config) {
  CompactModelConfig sizes = config;
  SettingsWriter writer;
  list_sizes(writer, sizes, CompactSizes::all);
  json = writer.json;
}

void require_sizes_that_fit(const SettingsReader& reader, const CompactModelConfig& model,
                            CompactSizes which) {
  const auto must_divide = [&](const char* heads, int count, const std::string& size, int value) {
    if (value % count != 0) reader.refuse(heads, "must divide " + size + ", " + std::to_string(value));
  };
  must_divide("scene.heads", model.scene.heads, "the last of \"scene.widths\"", model.scene.widths.back());
  if (which == CompactSizes::of_branches) return;
  must_divide("association.heads", model.association.heads, "\"association.dim\"", model.association.dim);
  must_divide("head.heads", model.head.heads, "\"head.dim\"", model.head.dim);
  if (model.scene.input_size % 16 != 0) reader.refuse("scene.input_size", "must be a multiple of 16");
  const CompactModelConfig fitting(model.scene, model.instance);
  const auto must_be = [&](const char* key, int value, int expected) {
    if (value != expected)
      reader.refuse(key, "must be " + std::to_string(expected) + " to go with the other sizes, not " +
                             std::to_string(value));
  };
  must_be("association.human_dim", model.association.human_dim, fitting.association.human_dim);
  must_be("association.scene_dim", model.association.scene_dim, fitting.association.scene_dim);
  must_be("head.human_dim", model.head.human_dim, fitting.head.human_dim);
  must_be("head.detection_dim", model.head.detection_dim, fitting.head.detection_dim);
  must_be("head.scene_dim", model.head.scene_dim, fitting.head.scene_dim);
  must_be("head.person_dim", model.head.person_dim, model.association.dim);
}

CompactModelConfig read_compact_sizes(const std::filesystem::path& model_json) {
  std::ifstream in = open_input_file(model_json);
  if (!in)
    throw std::runtime_error("Cannot read " + model_json.string() +
                             "; a model is a directory with a model.json.");
  nlohmann::ordered_json json;
  try {
    json = parse_json<nlohmann::ordered_json>(in);
  } catch (const nlohmann::json::exception&) {  // said below
  }
  if (!json.is_object() || !json.contains("networks"))
    throw std::runtime_error(model_json.string() +
                             ": has no \"networks\" with the sizes of a compact model.");
  CompactModelConfig sizes;
  SettingsReader reader(json["networks"], model_json.string(), "networks", MissingKeys::refuse);
  list_sizes(reader, sizes, CompactSizes::all);
  reader.finish();
  require_sizes_that_fit(reader, sizes, CompactSizes::all);
  return sizes;
}

}  // namespace ahap
