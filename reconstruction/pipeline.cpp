#include "reconstruction/pipeline.h"

#include <torch/torch.h>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/models.h"
#include "reconstruction/photo_reconstruction.h"
#include "reconstruction/pipeline_confirmation.h"
#include "reconstruction/pipeline_edges.h"
#include "reconstruction/pipeline_geometric.h"
#include "reconstruction/pipeline_points.h"
#include "reconstruction/pipeline_refinement.h"
#include "reconstruction/pipeline_steps.h"
#include "reconstruction/stages/stage_clock.h"

namespace ahap {
namespace {

// Which association a run uses, and what a person should know about it. Throws where the model cannot do what is asked.
bool associates_by_geometry(AssociationMethod wanted, const Models& models, Reconstruction& result) {
  if (wanted == AssociationMethod::learned && !models.heads) {
    throw std::runtime_error("The " + models.name +
                             " model has no AHAP heads, which learned association needs; use --association geometric.");
  }
  if (wanted == AssociationMethod::automatic && !models.heads) {
    result.messages.push_back("The " + models.name +
                              " model has no AHAP heads: people are associated by geometry and keep the poses that the "
                              "human branch gives them.");
  }
  return wanted == AssociationMethod::geometric || !models.heads;
}

void add_messages(Reconstruction& result, const WorldFrame& world) {
  const int V = int(result.views.size());
  for (const ReconstructedView& view : result.views) {
    if (view.camera_estimated) continue;
    result.messages.push_back("No camera pose for " + view.name +
                              ": it shares no recognised person with the other pictures.");
  }
  if (result.people.empty()) {
    result.messages.push_back("Nobody was found; the result holds the scene alone.");
  } else if (V == 1) {
    result.messages.push_back("One picture only: positions come from a single view's depth and are not triangulated.");
  } else {
    for (const Person& person : result.people) {
      if (person.triangulated) continue;
      result.messages.push_back("Person " + std::to_string(person.id) + " is placed by the depth of " +
                                result.views[person.reference_view].name + " alone, not triangulated.");
    }
  }
  if (!world.floor_found) {
    result.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
  }
}

void dump(const SceneEstimate& scene, const HumanEstimate& human, const Identities& identities, const Bodies& bodies,
          const std::filesystem::path& file) {
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

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct(const std::vector<View>& views, Models& models, const Options& options,
                                                  const Progress& progress) {
  torch::NoGradGuard no_grad;
  if (views.empty()) throw std::runtime_error("There is no picture to reconstruct from.");
  if (models.photo) return reconstruct_photographs(views, *models.photo, options, progress);
  auto result = std::make_shared<Reconstruction>();
  result->program_version = AHAP_VERSION;
  result->model_name = models.name;
  result->primary_keypoint = models.primary_keypoint;
  const bool geometric = associates_by_geometry(options.association, models, *result);
  StageClock stages(progress, result->timings);
  const int S = models.scene->input_size();

  stages.begin("prepare");
  std::vector<const Image*> images;
  for (const View& view : views) images.push_back(&view.image);
  const auto [input, placements] = square_input(images, S, models.scene->input_filter());

  stages.begin("scene branch");
  SceneEstimate scene = models.scene->estimate(input, progress);
  use_known_focal_lengths(views, placements, scene);

  stages.begin("human branch");
  const double threshold = options.detection_threshold >= 0 ? options.detection_threshold : models.detection_threshold;
  const bool poses_known = models.scene->relates_cameras();  // else cameras come from the people
  const bool confirm = !poses_known && models.heads && views.size() > 1;  // weak detections by other views
  const DetectionThresholds thresholds{.sure = threshold, .weak = confirm ? kWeakShare * threshold : threshold};
  const HumanEstimate with_weak = estimate_humans(*models.human, images, input, scene, thresholds, progress);
  const torch::Tensor K_then = scene.K;
  const std::vector<int64_t> sure = detections_from(with_weak, threshold);
  HumanEstimate human = select_detections(with_weak, sure);
  if (options.straight_edges && !poses_known) {
    stages.begin("straight edges");
    look_at_edges(views, placements, scene, human);
  }

  Bodies bodies;
  SceneScales scales;
  if (poses_known && !scene.metric) result->scale = bring_to_metres(scene, human);
  result->association_method = geometric ? "geometric" : "learned";
  AssociatedPeople people;
  if (!geometric || !poses_known) {
    stages.begin("identity");
    people = associate_people(scene, human, models.heads, *models.body, S);
  }
  stages.begin("cameras");
  CameraEstimates cameras = estimate_cameras(scene, human, people, *models.body, S, options.cameras);
  Identities identities = std::move(people.identities);
  if (confirm) add_confirmed(with_weak, sure, K_then, scene, models.heads, S, human, identities, cameras);
  if (geometric) {
    stages.begin(poses_known ? "identity" : "identity in space");
    identities = associate_bodies(human, cameras, *models.body, models.keypoint_joint());
    stages.begin("body fusion");
    bodies = fuse_people(human, identities, cameras);
  } else {
    stages.begin("human head");
    bodies = decode_people(scene, human, identities, cameras, models.heads, S, options.decode_every_view);
  }
  const std::vector<int>& person = identities.person_of_detection;
  result->messages.insert(result->messages.end(), identities.messages.begin(), identities.messages.end());

  stages.begin("alignment");
  place_people(bodies, human, person, cameras, *models.body, models.keypoint_joint(), options.triangulate);
  if (options.refine) {
    stages.begin("refinement");
    const std::string unrefined =
        refine_people_and_cameras(scene, human, person, *models.body, models.keypoint_joint(), cameras, bodies);
    if (!unrefined.empty()) result->messages.push_back(unrefined);
    stages.begin("scale");
  }
  if (poses_known) {  // one scale for depth and camera positions of all views
    scales.views.assign(views.size(), 1);
  } else {
    scales = scene_scales(scene, human, person, cameras, bodies, options.depth_scale);
    result->scale = scales.all;
  }

  stages.begin("points");
  PointCloud points = scene_points(scene, human, person, person_ids(identities, human), bodies, *models.body, cameras, scales,
                                   views, placements, options.max_points, progress);

  stages.begin("world");
  const WorldFrame world = find_world(cameras, scene, bodies, points);
  write_result(*result, views, placements, human, identities, cameras, bodies, std::move(points), world, *models.body);
  add_messages(*result, world);
  stages.end();

  if (!options.dump_tensors.empty()) dump(scene, human, identities, bodies, options.dump_tensors);
  return result;
}

}  // namespace ahap
