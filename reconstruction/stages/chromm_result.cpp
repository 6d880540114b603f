#include "reconstruction/stages/chromm_result.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "reconstruction/body/moved_world.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/models/published_weights.h"
#include "reconstruction/stages/chromm_people.h"
#include "reconstruction/stages/clip_place.h"
#include "reconstruction/stages/human3r_people.h"

namespace ahap {
namespace {

// The mean of all chunks' focal lengths, the principal point in the middle.
ViewLens lens_of(const ChrommObservations::Camera& camera) {
  ViewLens lens;
  lens.side = std::max(camera.width, camera.height);
  lens.K(0, 2) = camera.width / 2.0;
  lens.K(1, 2) = camera.height / 2.0;
  for (int axis = 0; axis < 2; ++axis) {
    double sum = 0;
    int count = 0;
    for (const Eigen::Vector2d& focal : camera.focal) {
      if (focal[axis] <= 0) continue;
      sum += focal[axis];
      ++count;
    }
    lens.K(axis, axis) = count > 0 ? sum / count : lens.side;
  }
  return lens;
}

// The mean pose of every camera at all instants.
std::vector<SeenInstant> standing_still(std::vector<SeenInstant> instants) {
  for (std::size_t v = 0; v < instants.front().world_from_camera.size(); ++v) {
    std::vector<Eigen::Quaterniond> rotations;
    Eigen::Vector3d center = Eigen::Vector3d::Zero();
    for (const SeenInstant& instant : instants) {
      rotations.emplace_back(instant.world_from_camera[v].linear());
      center += instant.world_from_camera[v].translation() / double(instants.size());
    }
    Eigen::Isometry3d mean = instants.front().world_from_camera[v];
    if (const auto rotation = mean_rotation(rotations)) mean.linear() = rotation->toRotationMatrix();
    mean.translation() = center;
    for (SeenInstant& instant : instants) instant.world_from_camera[v] = mean;
  }
  return instants;
}

class ResultOfChromm {
 public:
  ResultOfChromm(const ChrommObservations& seen, const ChrommModel& model, const Reconstruction& begun)
      : seen_(seen), model_(model), result_(begun) {
    for (const auto& camera : seen.cameras) lenses_.push_back(lens_of(camera));
    instants_ = seen.cameras_stand_still ? standing_still(seen.instants) : seen.instants;
    fused_ = fuse_people_in_views(lenses_, instants_);
  }

  Reconstruction result() {
    result_.program_version = AHAP_VERSION;
    result_.model_name = model_.name;
    result_.association_method = "tracking";
    result_.primary_keypoint = "head";
    result_.body_model = model_.body_model;
    result_.scale = fused_.scale;
    add_views();
    add_frames();
    add_people();
    settle_world();
    add_messages();
    return std::move(result_);
  }

 private:
  void add_views();
  void add_frames();
  Detection detection_of(std::size_t frame, const PersonInView& person) const;
  void add_people();
  void settle_world();
  void add_messages();
  Camera camera_at(std::size_t view, std::size_t frame) const;

  const ChrommObservations& seen_;
  const ChrommModel& model_;
  Reconstruction result_;
  std::vector<ViewLens> lenses_;
  std::vector<SeenInstant> instants_;
  FusedPeople fused_;
};

Camera ResultOfChromm::camera_at(std::size_t view, std::size_t frame) const {
  Camera camera{.K = lenses_[view].K,
                .width = seen_.cameras[view].width,
                .height = seen_.cameras[view].height,
                .world_from_camera = instants_[frame].world_from_camera[view]};
  camera.world_from_camera.translation() *= fused_.scale;
  return camera;
}

void ResultOfChromm::add_views() {
  const std::size_t poses = seen_.cameras_stand_still ? 1 : instants_.size();
  for (std::size_t v = 0; v < seen_.cameras.size(); ++v) {
    ReconstructedView& view = result_.views.emplace_back();
    view.name = seen_.cameras[v].name;
    view.path = seen_.cameras[v].path;
    for (std::size_t f = 0; f < poses; ++f) view.cameras.push_back(camera_at(v, f));
  }
}

// Somebody as his view alone has him.
Detection ResultOfChromm::detection_of(std::size_t frame, const PersonInView& person) const {
  Detection detection;
  detection.view = person.view;
  detection.score = person.score;
  detection.keypoint = person.head;
  detection.keypoint_depth = fused_.scale * instants_[frame].unit * person.depth;
  const ViewLens& lens = lenses_[std::size_t(person.view)];
  BodyInFrame body;
  for (const Eigen::Vector3d& joint : joints_in_world(person, instants_[frame], lens, fused_.scale))
    body.joints.push_back(joint.cast<float>());
  project_body(camera_at(std::size_t(person.view), frame), body, detection);
  return detection;
}

void ResultOfChromm::add_frames() {
  auto points = std::make_shared<PointCloud>(seen_.points);
  for (Eigen::Vector3f& X : points->positions) X *= float(fused_.scale);
  for (std::size_t f = 0; f < instants_.size(); ++f) {
    ReconstructedFrame& frame = result_.frames.emplace_back();
    frame.number = seen_.numbers[f];
    frame.time = instants_[f].time;
    frame.points = points;
    for (const PersonInView& person : instants_[f].people)
      frame.detections.push_back(detection_of(f, person));
  }
}

void ResultOfChromm::add_people() {
  for (std::size_t p = 0; p < fused_.people.size(); ++p) {
    Person& person = result_.people.emplace_back(fused_person(fused_.people[p], model_));
    person.id = int(p) + 1;
    for (BodyInFrame& body : person.bodies) {
      ReconstructedFrame& frame = result_.frames[std::size_t(body.frame)];
      double best = -1, squares = 0;
      for (const int n : body.detections) {
        Detection& detection = frame.detections[std::size_t(n)];
        detection.person_id = person.id;
        if (detection.score > best) body.reference_view = detection.view;
        best = std::max(best, detection.score);
        const auto head = camera_at(std::size_t(detection.view), std::size_t(body.frame))
                              .project(body.joints[15].cast<double>());
        squares += head ? (*head - detection.keypoint).squaredNorm() : 0;
      }
      if (body.triangulated)
        body.triangulation_residual = std::sqrt(squares / double(body.detections.size()));
      std::vector<float>& row = frame.association.weight.emplace_back(frame.detections.size(), 0.f);
      frame.association.person_ids.push_back(person.id);
      for (const int n : body.detections) row[std::size_t(n)] = 1 / float(body.detections.size());
    }
  }
}

// Gravity, floor and origin; then SMPL-X bodies, which are placed by their heads.
void ResultOfChromm::settle_world() {
  std::vector<Eigen::Isometry3d> cameras;
  for (std::size_t v = 0; v < lenses_.size(); ++v) cameras.push_back(camera_at(v, 0).world_from_camera);
  const WorldFrame world = world_of_clip(result_.people, *result_.frames.front().points, std::move(cameras));
  result_.up_source = world.up_source;
  move_world(result_, world.world_from_old);
  if (!world.floor_found)
    result_.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
  if (!model_.smplx) return;
  for (std::size_t p = 0; p < result_.people.size(); ++p)
    place_smplx_bodies(*model_.smplx, mean_betas(fused_.people[p]),
                       /*with_meshes=*/result_.frames.size() == 1, result_.people[p]);
}

void ResultOfChromm::add_messages() {
  std::vector<std::string>& messages = result_.messages;
  if (!model_.people->has_own_heads())
    messages.push_back(
        "CHROMM's own heads are not public; Multi-HMR's heads stand in their place, and each head lies as "
        "far "
        "behind what Pi3X sees as its body says.");
  if (result_.people.empty()) {
    messages.push_back("Nobody was found; the result holds the cameras and the scene alone.");
    return;
  }
  if (fused_.ratios == 0)
    messages.push_back(
        "Nobody is seen well enough from head to pelvis to tell the scale: lengths are metres as Pi3X has "
        "learned them.");
  if (seen_.cameras.size() == 1)
    messages.push_back("One camera only: positions come from its depth and are not triangulated.");
  if (model_.smplx) return;
  const PublishedWeights& smplx = *recommended_file("smplx");
  messages.push_back("Bodies have the mean shape and straight hands. With " + smplx.file_name + " (" +
                     smplx.page + ") beside the weights they have SMPL-X shapes and hands.");
}

}  // namespace

Reconstruction chromm_result(const ChrommObservations& seen, const ChrommModel& model,
                             const Reconstruction& begun) {
  return ResultOfChromm(seen, model, begun).result();
}

}  // namespace ahap
