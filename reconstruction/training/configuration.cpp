#include "reconstruction/training/configuration.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/settings.h"
#include "reconstruction/models/compact_model_sizes.h"

namespace ahap {
namespace {

constexpr double kMax = 1e9;

void list_settings(auto& visitor, TrainerOptions& o) {
  visitor.value("steps", o.steps, 1, kMax);
  visitor.value("learning_rate", o.learning_rate, 0, 1);
  visitor.value("warmup", o.warmup, 0, kMax);
  visitor.value("weight_decay", o.weight_decay, 0, 1);
  visitor.value("clip", o.clip, 1e-6, kMax);
  visitor.value("ema_decay", o.ema_decay, 0, 1);
  visitor.value("seed", o.seed, 0, 999);
  visitor.value("log_every", o.log_every, 1, kMax);
  visitor.value("validate_every", o.validate_every, 1, kMax);
  visitor.value("checkpoint_every", o.checkpoint_every, 1, kMax);
}

void list_settings(auto& visitor, WorldOptions& o) {
  visitor.range("people", o.min_people, o.max_people, 1, 12);
  visitor.range("views", o.min_views, o.max_views, 1, 16);
  visitor.range("fov", o.min_fov, o.max_fov, 10, 140);
  visitor.value("difficulty", o.difficulty, 0, 3);
  visitor.value("vary_aspect", o.vary_aspect);
  visitor.value("same_clothes", o.same_clothes);
}

auto weights_in(auto& losses) {
  return [&losses](const char* key, double& value) { losses.value(key, value, 0, kMax); };
}

// What all stages have in common.
void list_shared(auto& visitor, auto& section) {
  list_settings(visitor, section.trainer);
  auto& o = section.stage;
  visitor.value("captures_per_step", o.captures_per_step, 1, 10'000);
  visitor.value("validation_captures", o.validation_captures, 1, 10'000);
  visitor.value("camera_noise", o.camera_noise, 0, 3);
  visitor.choice("precision", o.bf16, {"f32", "bf16"});
  visitor.section("world", [&](auto& world) { list_settings(world, o.world); });
}

void list_settings(auto& visitor, TrainingConfiguration::Dense& section) {
  list_shared(visitor, section);
  visitor.section("losses", [&](auto& losses) {
    DenseLossWeights& w = section.stage.weights;
    const auto weight = weights_in(losses);
    weight("heat", w.heat);
    weight("mask", w.mask);
    weight("vote", w.vote);
    weight("range", w.range);
    weight("depth", w.depth);
    weight("depth_error", w.depth_error);
    weight("height", w.height);
    weight("up", w.up);
    weight("latitude", w.latitude);
  });
}

void list_settings(auto& visitor, TrainingConfiguration::Instance& section) {
  list_shared(visitor, section);
  visitor.value("people_per_step", section.stage.people_per_step, 1, 10'000);
  visitor.section("losses", [&](auto& losses) {
    InstanceLossWeights& w = section.stage.weights;
    const auto weight = weights_in(losses);
    weight("mask", w.mask);
    weight("canonical", w.canonical);
    weight("joints2d", w.joints2d);
    weight("root", w.root);
    weight("rotations", w.rotations);
    weight("joints", w.joints);
    weight("kinematic_joints", w.kinematic_joints);
    weight("yaw", w.yaw);
    weight("betas", w.betas);
    weight("pelvis", w.pelvis);
    weight("range", w.range);
    weight("errors", w.errors);
  });
}

void list_settings(auto& visitor, TrainingConfiguration::Heads& section) {
  list_shared(visitor, section);
  HeadsStageOptions& o = section.stage;
  visitor.value("people_per_step", o.people_per_step, 1, 10'000);
  visitor.value("detection_threshold", o.detection_threshold, 0, 1);
  visitor.value("pool", o.pool, 1, 1'000'000);
  visitor.value("new_per_step", o.new_per_step, 1, 1000);
  visitor.value("temperature", o.temperature, 1e-3, 10);
  visitor.section("pseudo_views", [&](auto& inner) {
    inner.value("steps", o.pseudo_views.steps, 0, kMax);
    inner.value("frames", o.pseudo_views.frames, 2, 16);
    inner.value("seconds_between", o.pseudo_views.seconds_between, 0, 10);
  });
  visitor.section("losses", [&](auto& losses) {
    HeadLossWeights& w = o.weights;
    const auto weight = weights_in(losses);
    weight("assign", w.assign);
    weight("contrastive", w.contrastive);
    weight("rotations", w.rotations);
    weight("betas", w.betas);
    weight("depth", w.depth);
    weight("translation", w.translation);
    weight("joints3d", w.joints3d);
    weight("vertices3d", w.vertices3d);
    weight("joints2d", w.joints2d);
    weight("vertices2d", w.vertices2d);
    weight("cross_joints3d", w.cross_joints3d);
    weight("cross_joints2d", w.cross_joints2d);
    losses.value("projection_from_step", w.projection_from_step, 0, kMax);
  });
}

void list_settings(auto& visitor, CompactModelConfig& model) {
  list_sizes(visitor, model, CompactSizes::of_branches);
}

template <typename Section>
nlohmann::ordered_json written(Section section) {
  SettingsWriter writer;
  list_settings(writer, section);
  return writer.json;
}

}  // namespace

TrainingConfiguration::TrainingConfiguration(bool bf16) {
  dense.stage.bf16 = instance.stage.bf16 = heads.stage.bf16 = bf16;
  WorldOptions world;
  world.max_people = 6;
  world.max_views = 3;
  world.vary_aspect = true;
  dense.stage.world = instance.stage.world = heads.stage.world = world;
  heads.stage.world.max_views = 4;
}

TrainingConfiguration read_training_configuration(const std::filesystem::path& file, bool bf16) {
  std::ifstream in = open_input_file(file);
  if (!in) throw std::runtime_error("Cannot read the training configuration " + file.string() + ".");
  nlohmann::ordered_json json;
  try {
    json = parse_json<nlohmann::ordered_json>(in);
  } catch (const nlohmann::json::parse_error& error) {
    throw std::runtime_error(file.string() + " is not valid JSON: at byte " + std::to_string(error.byte) +
                             " of the file.");
  } catch (const nlohmann::json::exception&) {
    throw std::runtime_error(file.string() + " holds a number that is too large, or values nested too deep.");
  }
  TrainingConfiguration result(bf16);
  SettingsReader reader(json, file.string());
  reader.section("networks", [&](auto& inner) {
    list_settings(inner, result.networks);
    require_sizes_that_fit(inner, result.networks, CompactSizes::of_branches);
  });
  reader.section("dense", [&](auto& inner) { list_settings(inner, result.dense); });
  reader.section("instance", [&](auto& inner) { list_settings(inner, result.instance); });
  reader.section("heads", [&](auto& inner) { list_settings(inner, result.heads); });
  reader.finish();
  result.networks = CompactModelConfig(result.networks.scene, result.networks.instance);
  return result;
}

nlohmann::ordered_json settings_json(const TrainingConfiguration::Dense& section) {
  return written(section);
}
nlohmann::ordered_json settings_json(const TrainingConfiguration::Instance& section) {
  return written(section);
}
nlohmann::ordered_json settings_json(const TrainingConfiguration::Heads& section) {
  return written(section);
}
nlohmann::ordered_json settings_json(const CompactModelConfig& networks) {
  return written(networks);
}

nlohmann::ordered_json deciding_settings(nlohmann::ordered_json section) {
  for (const char* key : {"log_every", "validate_every", "checkpoint_every", "validation_captures"})
    section.erase(key);
  return section;
}

}  // namespace ahap
