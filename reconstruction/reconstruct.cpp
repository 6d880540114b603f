#include "reconstruction/reconstruct.h"

#include <torch/torch.h>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/models/model.h"
#include "reconstruction/stages/bodies.h"
#include "reconstruction/stages/calibration.h"
#include "reconstruction/stages/cameras.h"
#include "reconstruction/stages/detection_recovery.h"
#include "reconstruction/stages/geometric_people.h"
#include "reconstruction/stages/photo_reconstruction.h"
#include "reconstruction/stages/range_reconstruction.h"
#include "reconstruction/stages/refinement.h"
#include "reconstruction/stages/result.h"
#include "reconstruction/stages/scene_points.h"
#include "reconstruction/stages/stage_clock.h"

namespace ahap {
namespace {

// Which association a run uses. Throws where the model cannot do what is asked.
bool begin_result(AssociationMethod requested, const Model& model, Reconstruction& result) {
  if (requested == AssociationMethod::learned && !model.heads) {
    throw std::runtime_error(
        "The " + model.name +
        " model has no AHAP heads, which learned association needs; use --association geometric.");
  }
  if (requested == AssociationMethod::automatic && !model.heads) {
    result.messages.push_back(
        "The " + model.name +
        " model has no AHAP heads: people are associated by geometry and keep the poses that the "
        "human branch gives them.");
  }
  if (!model.note.empty()) result.messages.push_back(model.note);
  const bool geometric = requested == AssociationMethod::geometric || !model.heads;
  result.program_version = AHAP_VERSION;
  result.model_name = model.name;
  result.primary_keypoint = model.primary_keypoint;
  result.association_method = geometric ? "geometric" : "learned";
  return geometric;
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

void dump(const SceneEstimate& scene, const HumanEstimate& human, const Identities& identities,
          const Bodies& bodies, const std::filesystem::path& file) {
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
                                                  {"identity.A", identities.A},
                                                  {"identity.embedding", identities.embedding},
                                                  {"identity.person_features", identities.person_features},
                                                  {"head.betas", bodies.betas},
                                                  {"head.rotations", bodies.rotations}};
  std::erase_if(tensors, [](const auto& item) { return !item.second.defined(); });
  save_safetensors(tensors, {}, file);
}

std::vector<const Image*> images_of(const std::vector<View>& views) {
  std::vector<const Image*> images;
  for (const View& view : views) images.push_back(&view.image);
  return images;
}

// What the branches say of the people, each view alone: the sure detections, and all of them for a later
// look.
struct SeenByTheBranches {
  HumanEstimate human;        // of the detections that count by themselves
  HumanEstimate with_weak;    // of these and of weaker ones, with the intrinsics K
  std::vector<int64_t> sure;  // rows of with_weak that `human` is
  torch::Tensor K;            // (V, 3, 3)
  bool recover = false;       // weak detections may be confirmed by other views
};

SeenByTheBranches detect(const Model& model, const std::vector<const Image*>& images,
                         const torch::Tensor& input, const SceneEstimate& scene, const Options& options,
                         const Progress& progress) {
  SeenByTheBranches seen;
  const double threshold =
      options.detection_threshold >= 0 ? options.detection_threshold : model.detection_threshold;
  seen.recover = !model.scene->relates_cameras() && model.heads && images.size() > 1;
  const DetectionThresholds thresholds{.sure = threshold,
                                       .weak = seen.recover ? kWeakShare * threshold : threshold};
  seen.with_weak = estimate_humans(*model.human, images, input, scene, thresholds, progress);
  seen.K = scene.K;
  seen.sure = detections_from(seen.with_weak, threshold);
  seen.human = select_detections(seen.with_weak, seen.sure);
  return seen;
}

// Metres per unit of the scene before: of a scene branch that relates the views, by the detections' depths.
// Elsewhere vanishing points correct gravity and focal lengths.
double calibrate(const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                 bool straight_edges, SceneEstimate& scene, HumanEstimate& human) {
  if (scene.world_from_camera.defined()) return scene.metric ? 1 : bring_to_metres(scene, human);
  if (straight_edges) calibrate_from_vanishing_points(views, placements, scene, human);
  return 1;
}

// One scale for depth and camera positions of all views where the scene branch relates them, else one per
// view.
SceneScales depth_scales(const Model& model, const SceneEstimate& scene, const HumanEstimate& human,
                         const std::vector<int>& person, const CameraEstimates& cameras, const Bodies& bodies,
                         DepthScale rule, Reconstruction& result) {
  if (model.scene->relates_cameras())
    return {.all = 1, .views = std::vector<double>(cameras.cameras.size(), 1)};
  const SceneScales scales = scene_scales(scene, human, person, cameras, bodies, rule);
  result.scale = scales.all;
  return scales;
}

// What is known so far, filled in by `fill`, for whoever watches.
template <class Fill>
void publish_partial(const Progress& progress, const Reconstruction& begun, Fill fill) {
  if (!progress.publish) return;
  const auto partial = std::make_shared<Reconstruction>(begun);
  partial->partial = true;
  fill(*partial);
  progress.publish(partial);
}

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct(const std::vector<View>& views, Model& model,
                                                  const Options& options, const Progress& progress) {
  torch::NoGradGuard no_grad;
  if (views.empty()) throw std::runtime_error("There is no picture to reconstruct from.");
  if (model.photo) return reconstruct_photographs(views, model.photo, options, progress);
  const auto result = std::make_shared<Reconstruction>();
  const bool geometric = begin_result(options.association, model, *result);
  const bool poses_known = model.scene->relates_cameras();  // else cameras come from the people
  const int S = model.scene->input_size(), keypoint = model.keypoint_joint();
  StageClock stages(progress, result->timings);

  stages.begin("prepare");
  const std::vector<const Image*> images = images_of(views);
  const auto [input, placements] = square_input(images, S, model.scene->input_filter());
  stages.begin("depth and cameras");
  SceneEstimate scene = model.scene->estimate(input, stages.within());
  use_known_focal_lengths(views, placements, scene);

  stages.begin("people");
  SeenByTheBranches seen = detect(model, images, input, scene, options, stages.within());
  HumanEstimate& human = seen.human;
  result->scale = calibrate(views, placements, options.study.straight_edges, scene, human);

  stages.begin("who is who");
  AssociatedPeople people;
  if (!geometric || !poses_known) people = associate_people(scene, human, model.heads, *model.body, S);

  stages.begin("cameras");
  CameraEstimates cameras = estimate_cameras(scene, human, people, *model.body, S, options.study.cameras);
  Identities identities = std::move(people.identities);
  if (seen.recover) {
    recover_detections(seen.with_weak, seen.sure, seen.K, scene, model.heads, S, human, identities, cameras);
  }

  stages.begin("bodies");
  if (geometric) identities = associate_bodies(human, cameras, *model.body, keypoint);
  Bodies bodies = geometric ? fuse_people(human, identities, cameras)
                            : decode_people(scene, human, identities, cameras, model.heads, S,
                                            options.study.decode_every_view);
  const std::vector<int>& person = identities.person_of_detection;
  std::vector<std::string> messages = identities.messages;
  place_people(bodies, human, person, cameras, *model.body, keypoint, options.study.triangulate);
  const auto known =
      std::find_if(views.begin(), views.end(), [](const View& view) { return view.known.has_value(); });
  if (known != views.end()) {
    messages.push_back("The model " + model.name + " takes focal lengths of " + known->known->source +
                       " and finds the cameras' poses by itself; the model \"photo\" takes both.");
  }
  publish_partial(progress, *result, [&](Reconstruction& partial) {
    write_result(partial, views, placements, human, identities, cameras, bodies, {},
                 find_world(cameras, scene, bodies, {}), *model.body);
  });
  if (options.refine) {
    stages.begin("refinement");
    messages.push_back(
        refine_people_and_cameras(scene, human, person, *model.body, keypoint, cameras, bodies));
  }
  stages.begin("points");
  const SceneScales scales =
      depth_scales(model, scene, human, person, cameras, bodies, options.study.depth_scale, *result);
  PointCloud points = scene_points(scene, human, person, person_ids(identities, human), bodies, *model.body,
                                   cameras, scales, views, placements, options.max_points, stages.within());

  stages.begin("result");
  const WorldFrame world = find_world(cameras, scene, bodies, points);
  write_result(*result, views, placements, human, identities, cameras, bodies, std::move(points), world,
               *model.body);
  add_messages(*result, messages, world);
  stages.end();
  if (!options.dump_tensors.empty()) dump(scene, human, identities, bodies, options.dump_tensors);
  return result;
}

bool reconstructs_ranges(const Model& model) {
  return model.photo != nullptr;
}

std::shared_ptr<const Reconstruction> reconstruct_range(const FrameSequence& frames, Model& model,
                                                        const Options& options, const Progress& progress) {
  if (frames.numbers.empty()) throw std::runtime_error("There is no frame to reconstruct from.");
  if (!reconstructs_ranges(model)) {
    throw std::runtime_error("The model " + model.name +
                             " reconstructs frames one by one; frames as one need the model \"photo\".");
  }
  return reconstruct_photo_range(frames, model.photo, options, progress);
}

}  // namespace ahap
