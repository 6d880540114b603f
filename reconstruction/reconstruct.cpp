#include "reconstruction/reconstruct.h"

#include <torch/torch.h>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/models/model.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/stages/bodies.h"
#include "reconstruction/stages/calibration.h"
#include "reconstruction/stages/cameras.h"
#include "reconstruction/stages/chromm_reconstruction.h"
#include "reconstruction/stages/detection_recovery.h"
#include "reconstruction/stages/geometric_people.h"
#include "reconstruction/stages/human3r_reconstruction.h"
#include "reconstruction/stages/photo_reconstruction.h"
#include "reconstruction/stages/range_reconstruction.h"
#include "reconstruction/stages/refinement.h"
#include "reconstruction/stages/result.h"
#include "reconstruction/stages/scene_points.h"
#include "reconstruction/stages/stage_clock.h"
#include "reconstruction/stages/unish_reconstruction.h"

namespace ahap {
namespace {

// Where a file knows the cameras and this kind of model takes its focal lengths alone.
std::string note_on_known_cameras(const std::vector<View>& views, const Model& model) {
  const auto known =
      std::find_if(views.begin(), views.end(), [](const View& v) { return v.known.has_value(); });
  if (known == views.end()) return {};
  return "The model " + model.name + " takes focal lengths of " + known->known->source +
         " and finds the cameras' poses by itself; the model \"photo\" takes both.";
}

// Which association a run uses: never automatic. Throws where the model cannot do what is asked.
AssociationMethod begin_result(AssociationMethod requested, const std::vector<View>& views,
                               const Model& model, Reconstruction& result) {
  const bool needs_heads = requested == AssociationMethod::learned || requested == AssociationMethod::queries;
  if (needs_heads && !model.heads) {
    throw std::runtime_error("The " + model.name + " model has no AHAP heads, which " +
                             (requested == AssociationMethod::learned ? "learned" : "query") +
                             " association needs; use --association geometric.");
  }
  if (requested == AssociationMethod::automatic && !model.heads) {
    result.messages.push_back(
        "The " + model.name +
        " model has no AHAP heads: people are associated by geometry and keep the poses that the "
        "human branch gives them.");
  }
  for (const std::string& note : {model.note, note_on_known_cameras(views, model)})
    if (!note.empty()) result.messages.push_back(note);
  if (requested == AssociationMethod::automatic)
    requested = model.heads ? AssociationMethod::learned : AssociationMethod::geometric;
  result.program_version = AHAP_VERSION;
  result.model_name = model.name;
  result.primary_keypoint = model.primary_keypoint;
  result.association_method = to_string(requested);
  return requested;
}

void add_messages(Reconstruction& result, const std::vector<std::string>& of_stages,
                  const WorldFrame& world) {
  for (const std::string& message : of_stages)
    if (!message.empty()) result.messages.push_back(message);
  const int V = int(result.views.size());
  for (const ReconstructedView& view : result.views) {
    if (view.camera_estimated) continue;
    result.messages.push_back("No camera pose for " + view.name +
                              ": it shares no recognised person with the other pictures.");
  }
  if (result.people.empty()) {
    result.messages.push_back("Nobody was found; the result holds the scene alone.");
  } else if (V == 1) {
    result.messages.push_back(
        "One picture only: positions come from a single view's depth and are not triangulated.");
  } else {
    for (const Person& person : result.people) {
      const BodyInFrame& body = person.bodies.front();
      if (body.triangulated) continue;
      result.messages.push_back("Person " + std::to_string(person.id) + " is placed by the depth of " +
                                result.views[body.reference_view].name + " alone, not triangulated.");
    }
  }
  if (!world.floor_found) {
    result.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
  }
}

// The branches' outputs as they are, and what became of them.
void dump(const SceneEstimate& scene, const HumanEstimate& human, const BranchObservations& seen,
          const Identities& identities, const std::vector<PersonTrack>& tracks,
          const std::filesystem::path& file) {
  std::vector<torch::Tensor> K;
  for (const SeenView& view : seen.views) K.push_back(tensor_of(view.K));
  const BodyTensors bodies = tracks.empty() ? BodyTensors{} : body_tensors(tracks);
  std::map<std::string, torch::Tensor> tensors = {{"scene.features", scene.features},
                                                  {"scene.depth", scene.depth},
                                                  {"scene.depth_conf", scene.depth_conf},
                                                  {"scene.K", scene.K},
                                                  {"scene.up", scene.up},
                                                  {"scene.world_from_camera", scene.world_from_camera},
                                                  {"human.features", human.features},
                                                  {"human.view", human.view},
                                                  {"human.score", human.score},
                                                  {"human.keypoint", human.keypoint},
                                                  {"human.detection_features", human.detection_features},
                                                  {"human.mask", human.mask},
                                                  {"human.keypoint_depth", human.keypoint_depth},
                                                  {"human.joints2d", human.joints2d},
                                                  {"human.joints2d_sigma", human.joints2d_sigma},
                                                  {"calibrated.K", torch::stack(K)},
                                                  {"identity.detection", rows_of(seen.people)},
                                                  {"identity.A", identities.A},
                                                  {"identity.embedding", identities.embedding},
                                                  {"identity.person_features", identities.person_features},
                                                  {"body.betas", bodies.betas},
                                                  {"body.rotations", bodies.rotations}};
  std::erase_if(tensors, [](const auto& item) { return !item.second.defined(); });
  save_safetensors(tensors, {}, file);
}

std::vector<const Image*> images_of(const std::vector<View>& views) {
  std::vector<const Image*> images;
  for (const View& view : views) images.push_back(&view.image);
  return images;
}

// Scores from which a detection counts by itself, and from which other views may confirm it.
DetectionThresholds thresholds_of(const Model& model, std::size_t views, AssociationMethod method,
                                  const Options& options) {
  const double sure =
      options.detection_threshold >= 0 ? options.detection_threshold : model.detection_threshold;
  const bool confirmed_by_others =
      !model.scene->relates_cameras() && model.heads && views > 1 && method != AssociationMethod::queries;
  return {.sure = sure, .weak = confirmed_by_others ? kWeakShare * sure : sure};
}

ActiveQueries queries_of(AssociationMethod method) {
  return method == AssociationMethod::queries ? ActiveQueries::paper : ActiveQueries::every_detection;
}

// Metres per unit of the scene before: of a scene branch that relates the views, by the detections' depths.
// Elsewhere vanishing points correct gravity and focal lengths.
double calibrate(const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                 bool straight_edges, BranchObservations& seen) {
  if (seen.related()) return seen.metric_depth ? 1 : bring_to_metres(seen);
  if (straight_edges) calibrate_from_vanishing_points(views, placements, seen);
  return 1;
}

// Everybody's body from the observations of one identity: decoded by the heads, or as the human branch has
// it.
std::vector<PersonTrack> bodies_of(const HeadContext& heads, AssociationMethod method, const Model& model,
                                   const BranchObservations& seen, const Cameras& cameras,
                                   const Identities& identities, bool triangulate) {
  std::vector<PersonTrack> tracks = tracks_of(identities, seen);
  if (method == AssociationMethod::geometric)
    fuse_people(seen, cameras, tracks);
  else
    decode_people(heads, seen, cameras, identities.person_features, tracks);
  place_people(seen, cameras, *model.body, triangulate, tracks);
  return tracks;
}

// One scale for depth and camera positions of all views where the scene branch relates them, else one per
// view.
SceneScales depth_scales(const BranchObservations& seen, const std::vector<PersonTrack>& tracks,
                         const Cameras& cameras, DepthScale rule, Reconstruction& result) {
  if (seen.related()) return {.all = 1, .views = std::vector<double>(cameras.views.size(), 1)};
  SceneScales scales = scene_scales(seen, tracks, cameras, rule);
  result.scale = scales.all;
  return scales;
}

// What is known before there are points, for whoever watches.
void publish_partial(const Progress& progress, const ResultSources& sources, const Reconstruction& begun) {
  if (!progress.publish) return;
  const auto partial = std::make_shared<Reconstruction>(begun);
  partial->partial = true;
  write_result(sources, {}, find_world(sources.seen, sources.cameras, sources.tracks, {}), *partial);
  progress.publish(partial);
}

}  // namespace

const char* to_string(AssociationMethod method) {
  switch (method) {
    case AssociationMethod::automatic:
      return "auto";
    case AssociationMethod::learned:
      return "learned";
    case AssociationMethod::queries:
      return "queries";
    case AssociationMethod::geometric:
      return "geometric";
  }
  return "";
}

std::shared_ptr<const Reconstruction> reconstruct(const std::vector<View>& views, Model& model,
                                                  const Options& options, const Progress& progress) {
  torch::NoGradGuard no_grad;
  if (views.empty()) throw std::runtime_error("There is no picture to reconstruct from.");
  if (model.photo) return reconstruct_photographs(views, model.photo, options, progress);
  if (model.human3r) return reconstruct_human3r_frame(views, model.human3r, options, progress);
  if (model.unish) throw std::runtime_error(kUnishTakesClips);
  if (model.chromm) return reconstruct_chromm_frame(views, model.chromm, options, progress);
  const auto result = std::make_shared<Reconstruction>();
  const AssociationMethod method = begin_result(options.association, views, model, *result);
  const bool geometric = method == AssociationMethod::geometric;
  const Smpl& body = *model.body;
  StageClock stages(progress, result->timings);

  stages.begin("prepare");
  const std::vector<const Image*> images = images_of(views);
  const auto [input, placements] =
      square_input(images, model.scene->input_size(), model.scene->input_filter());
  stages.begin("depth and cameras");
  const SceneEstimate scene =
      with_known_focal_lengths(model.scene->estimate(input, stages.within()), views, placements);

  stages.begin("people");
  const DetectionThresholds thresholds = thresholds_of(model, views.size(), method, options);
  const HumanEstimate human =
      estimate_humans(*model.human, images, input, scene, thresholds, stages.within());
  BranchObservations seen = observe(scene, human, body, model.keypoint_joint(), thresholds.sure);
  result->scale = calibrate(views, placements, options.study.straight_edges, seen);

  stages.begin("who is who");
  AssociatedPeople people;
  people.identities.person_of_detection.assign(seen.people.size(), -1);
  if (model.heads && !(geometric && seen.related()))
    people = associate_people(scene, human, seen, model.heads, queries_of(method));

  stages.begin("cameras");
  Cameras cameras = estimate_cameras(seen, people, options.study.cameras);
  Identities identities = std::move(people.identities);
  if (!seen.weak.empty()) recover_detections(scene, human, model.heads, cameras, seen, identities);

  stages.begin("bodies");
  if (geometric) identities = associate_bodies(seen, cameras, body);
  const HeadContext heads{scene, human, model.heads, options.study.decode_every_view};
  std::vector<PersonTrack> tracks =
      bodies_of(heads, method, model, seen, cameras, identities, options.study.triangulate);
  std::vector<std::string> messages = identities.messages;
  const ResultSources sources{views, placements, seen, cameras, tracks, body};
  publish_partial(progress, sources, *result);
  if (options.refine) {
    stages.begin("refinement");
    messages.push_back(refine_people_and_cameras(seen, body, cameras, tracks));
  }

  stages.begin("points");
  const SceneScales scales = depth_scales(seen, tracks, cameras, options.study.depth_scale, *result);
  PointCloud points = scene_points(
      {views, placements, seen, human.mask, tracks, cameras, scales, triangles_of(body), options.max_points},
      stages.within());

  stages.begin("result");
  const WorldFrame world = find_world(seen, cameras, tracks, points);
  write_result(sources, std::move(points), world, *result);
  add_messages(*result, messages, world);
  stages.end();
  if (!options.dump_tensors.empty()) dump(scene, human, seen, identities, tracks, options.dump_tensors);
  return result;
}

bool reconstructs_ranges(const Model& model) {
  return model.photo || model.human3r || model.unish || model.chromm;
}

std::shared_ptr<const Reconstruction> reconstruct_range(const FrameSequence& frames, Model& model,
                                                        const Options& options, const Progress& progress) {
  if (frames.numbers.empty()) throw std::runtime_error("There is no frame to reconstruct from.");
  if (!reconstructs_ranges(model)) {
    throw std::runtime_error("The model " + model.name +
                             " reconstructs frames one by one; frames as one need the model \"photo\".");
  }
  if (model.human3r) return reconstruct_human3r_range(frames, model.human3r, options, progress);
  if (model.unish) return reconstruct_unish_range(frames, model.unish, options, progress);
  if (model.chromm) return reconstruct_chromm_range(frames, model.chromm, options, progress);
  return reconstruct_photo_range(frames, model.photo, options, progress);
}

}  // namespace ahap
