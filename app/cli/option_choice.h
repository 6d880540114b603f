#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "reconstruction/reconstruct.h"

namespace ahap {

// An option with a few values; the first is the default.
template <typename Value>
void add_choice(CLI::App& command, const std::string& name, Value& value, const std::string& what,
                const std::vector<std::pair<std::string, Value>>& choices) {
  std::string names;
  for (const auto& [text, choice] : choices) names += (names.empty() ? "" : "|") + text;
  const auto complaint = [choices, names](const std::string& text) -> std::string {
    for (const auto& choice : choices)
      if (choice.first == text) return {};
    return "\"" + text + "\" is none of " + names;
  };
  const auto take = [&value, choices](const std::string& text) {
    for (const auto& [name, choice] : choices)
      if (name == text) value = choice;
  };
  command.add_option_function<std::string>(name, take, what + " (default: " + choices.front().first + ")")
      ->check(CLI::Validator(complaint, ""))
      ->type_name(names);
}

inline void add_association_option(CLI::App& command, AssociationMethod& association) {
  add_choice<AssociationMethod>(command, "--association", association, "Who is who across views",
                                {{"auto", AssociationMethod::automatic},
                                 {"learned", AssociationMethod::learned},
                                 {"queries", AssociationMethod::queries},
                                 {"geometric", AssociationMethod::geometric}});
}

inline void add_refine_option(CLI::App& command, bool& refine) {
  command.add_flag("--refine", refine,
                   "Adjust cameras, places and poses together at the end (slower, closer to the pictures)");
}

inline void add_known_camera_options(CLI::App& command, Options& options) {
  const std::vector<std::pair<std::string, KnownUse>> uses = {
      {"fixed", KnownUse::fixed}, {"start", KnownUse::start}, {"ignore", KnownUse::ignore}};
  add_choice<KnownUse>(command, "--known-intrinsics", options.known_cameras.intrinsics,
                       "Lenses of the calibration: believed, a start, or ignored", uses);
  add_choice<KnownUse>(command, "--known-poses", options.known_cameras.poses,
                       "Poses of the calibration: believed, a start, or ignored", uses);
  add_choice<KnownScale>(
      command, "--known-scale", options.known_cameras.scale,
      "Unit of the calibration: metres, or free, so that people's size tells",
      {{"auto", KnownScale::automatic}, {"metric", KnownScale::metric}, {"free", KnownScale::free}});
  command.add_flag("--shared-lens", options.shared_lens, "All pictures were taken with one lens at one zoom");
}

inline void add_cameras_option(CLI::App& command, CamerasMove& move) {
  add_choice<CamerasMove>(
      command, "--cameras", move,
      "Of several frames: whether cameras stand still, move, or are looked at for it",
      {{"auto", CamerasMove::automatic}, {"static", CamerasMove::no}, {"moving", CamerasMove::yes}});
}

inline void add_device_options(CLI::App& command, Options& options) {
  add_choice<Device>(command, "--device", options.load.device, "Where the networks run",
                     {{"auto", Device::automatic}, {"cpu", Device::cpu}, {"cuda", Device::cuda}});
  add_choice<Precision>(command, "--precision", options.load.precision, "Numbers in the networks",
                        {{"auto", Precision::automatic}, {"f32", Precision::f32}, {"bf16", Precision::bf16}});
}

}  // namespace ahap
