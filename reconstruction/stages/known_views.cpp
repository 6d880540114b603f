#include "reconstruction/stages/known_views.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <set>
#include <sstream>

#include "reconstruction/multiview/known_cameras.h"

namespace ahap {
namespace {

constexpr double kStartSigma = 0.02;   // relative, of a calibrated focal length that may change
constexpr double kUsualPeople = 1.25;  // over their usual size, at most, where a unit is the metre
// Gain of an observed point: of right cameras 0 simulated, 0.09 to 0.46 of six real captures (the errors of
// joints); turned by 6 degrees 0.12 to 0.27 simulated.
constexpr double kGain = 0.08;
constexpr double kTurned =
    6 * M_PI / 180;  // of what people alone tell of real cameras, up to 5.6 degrees are wrong
// On six real captures: 0 to 0.1 with right cameras, 0.15 to 0.5 where one stood half a metre elsewhere.
constexpr double kLost = 0.125;

}  // namespace

ViewObservation observation_of(int width, int height, double focal_length,
                               const std::optional<KnownCamera>& known, const KnownCameraOptions& options) {
  ViewObservation observation{
      .width = width, .height = height, .focal_length = focal_length, .up = {}, .up_sigma = 0};
  if (!known) return observation;
  if (known->K && options.intrinsics != KnownUse::ignore) {
    observation.K = known->K;
    observation.keeps_K = options.intrinsics == KnownUse::fixed;
    observation.focal_length = mean_focal_length(*known->K);
    observation.focal_sigma = kStartSigma;
  }
  if (known->camera_from_world && options.poses != KnownUse::ignore) {
    observation.camera_from_world = known->camera_from_world;
    observation.keeps_pose = options.poses == KnownUse::fixed;
  }
  return observation;
}

AssociationOptions association_options(const Options& options) {
  AssociationOptions association;
  association.bundle.shared_lens = options.shared_lens;
  return association;
}

std::vector<std::string> settle_scale(const std::string& source, KnownScale scale,
                                      std::span<const std::vector<PersonObservation>> frames,
                                      std::vector<ViewObservation>& views) {
  const auto has_pose = [](const ViewObservation& view) { return view.camera_from_world.has_value(); };
  if (scale == KnownScale::metric || std::count_if(views.begin(), views.end(), has_pose) < 2) return {};
  const auto by_people = scale_by_people(views, frames);
  if (!by_people) return {};
  if (scale == KnownScale::automatic && std::abs(std::log(*by_people)) < std::log(kUsualPeople)) return {};
  for (ViewObservation& view : views)
    if (view.camera_from_world) view.camera_from_world->translation() *= *by_people;
  std::ostringstream sentence;
  sentence << "The cameras of " << source << " were scaled by " << std::setprecision(4) << *by_people
           << ", so that people have their usual size in metres";
  if (scale == KnownScale::automatic) sentence << " (--known-scale metric leaves them as they are)";
  return {sentence.str() + "."};
}

std::vector<std::string> contradictions(const std::string& source, const std::vector<std::string>& names,
                                        const std::vector<ViewObservation>& views,
                                        const std::vector<PersonObservation>& people,
                                        const JointAssociation& believed, const AssociationOptions& options,
                                        const Progress& progress) {
  const auto keeps = [](const ViewObservation& view) { return view.keeps_pose; };
  if (std::count_if(views.begin(), views.end(), keeps) < 2) return {};
  const Contradiction found = contradiction_of(views, people, believed, options, progress);
  if (found.gain < kGain) return {};
  std::string which;
  for (std::size_t v = 0; v < views.size(); ++v) {
    if (found.rotation[v] < kTurned) continue;
    which += (which.empty() ? ": " : ", ") + names[v] + " seems turned by " +
             std::to_string(std::lround(found.rotation[v] * 180 / M_PI)) + " degrees";
  }
  if (which.empty() && found.lost > kLost) which = ": one or more of these stand elsewhere";
  if (which.empty()) return {};
  return {"What people show does not agree with the cameras of " + source + which +
          ". Is it the calibration of these pictures? Its poses can also be a start, or be ignored."};
}

}  // namespace ahap
