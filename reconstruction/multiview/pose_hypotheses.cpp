#include "reconstruction/multiview/pose_hypotheses.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/camera.h"

namespace ahap {
namespace {

constexpr int kYawBins = 24;  // headings that are tried for a view

// A detection as its view sees it.
struct SeenBody {
  int detection;
  Eigen::Vector3d place;                // of the key point, world
  std::vector<Eigen::Vector3d> joints;  // from the middle of the body, world axes
};

class HypothesisSearch {
 public:
  HypothesisSearch(std::span<const PeopleView> views, std::span<const PeopleDetection> detections,
                   const Eigen::MatrixXd& similarity, const RefinedCameras& cameras,
                   const PoseHypothesisOptions& options)
      : views_(views),
        detections_(detections),
        similarity_(similarity),
        cameras_(cameras),
        options_(options) {}

  // The local maxima over the view's headings but the one that it has.
  std::vector<PoseHypothesis> hypotheses_of(int view) const {
    std::vector<SeenBody> others;
    for (int v = 0; v < int(views_.size()); ++v) {
      if (v == view || !cameras_.estimated[v]) continue;
      const auto bodies = seen_by(v, cameras_.world_from_camera[v]);
      others.insert(others.end(), bodies.begin(), bodies.end());
    }
    std::vector<PoseHypothesis> poses;
    for (int turn = 0; turn < kYawBins; ++turn) {
      const Eigen::AngleAxisd yaw(2 * M_PI * turn / kYawBins, Eigen::Vector3d::UnitY());
      poses.push_back(best_at(view, yaw * cameras_.world_from_camera[view].linear(), others));
    }
    const double now = poses[0].agreement;
    std::vector<PoseHypothesis> maxima;
    for (int turn = 2; turn + 1 < kYawBins; ++turn) {
      const PoseHypothesis& pose = poses[turn];
      const bool highest =
          pose.agreement >= poses[turn - 1].agreement && pose.agreement > poses[turn + 1].agreement;
      if (!highest || pose.agreement <= options_.least_share * now) continue;
      maxima.push_back(pose);
      maxima.back().agreement /= std::max(now, 1e-3);
    }
    return maxima;
  }

 private:
  std::vector<SeenBody> seen_by(int view, const Eigen::Isometry3d& world_from_camera) const {
    std::vector<SeenBody> bodies;
    for (int n = 0; n < int(detections_.size()); ++n) {
      if (detections_[n].view == view) bodies.push_back(seen(n, world_from_camera));
    }
    return bodies;
  }

  SeenBody seen(int detection, const Eigen::Isometry3d& world_from_camera) const {
    const PeopleDetection& d = detections_[detection];
    SeenBody body{detection, seen_place(views_[d.view], d, cameras_.K[d.view], world_from_camera), {}};
    Eigen::Vector3d middle = Eigen::Vector3d::Zero();
    for (const auto& joint : d.joints) middle += joint / double(d.joints.size());
    for (const auto& joint : d.joints) body.joints.push_back(world_from_camera.linear() * (joint - middle));
    return body;
  }

  // The best place for a view that is turned like that.
  PoseHypothesis best_at(int view, const Eigen::Matrix3d& world_from_camera,
                         const std::vector<SeenBody>& others) const {
    PoseHypothesis best;
    best.view = view;
    best.world_from_camera.linear() = world_from_camera;
    const std::vector<SeenBody> here = seen_by(view, best.world_from_camera);
    const Eigen::MatrixXd affinity = similar(here, others);
    for (const SeenBody& body : here) {
      for (const SeenBody& other : others) {
        if (similarity_(body.detection, other.detection) < options_.least_similarity) continue;
        const Eigen::Vector3d center = other.place - body.place;
        const double agreement = agreement_at(center, here, others, affinity);
        if (agreement <= best.agreement) continue;
        best.agreement = agreement;
        best.world_from_camera.translation() = center;
      }
    }
    return best;
  }

  // here x others: how similar bodies are in looks, bend and facing.
  Eigen::MatrixXd similar(const std::vector<SeenBody>& here, const std::vector<SeenBody>& others) const {
    Eigen::MatrixXd affinity(here.size(), others.size());
    for (std::size_t a = 0; a < here.size(); ++a) {
      for (std::size_t b = 0; b < others.size(); ++b) {
        affinity(a, b) = similarity_(here[a].detection, others[b].detection) *
                         std::exp(-0.5 * shape_distance2(here[a], others[b]));
      }
    }
    return affinity;
  }

  double agreement_at(const Eigen::Vector3d& center, const std::vector<SeenBody>& here,
                      const std::vector<SeenBody>& others, const Eigen::MatrixXd& affinity) const {
    double sum = 0;
    for (std::size_t a = 0; a < here.size(); ++a) {
      double best = 0;
      for (std::size_t b = 0; b < others.size(); ++b) {
        if (affinity(a, b) <= best) continue;
        best = std::max(best, affinity(a, b) * std::exp(-0.5 * place_distance2(center, here[a], others[b])));
      }
      sum += best;
    }
    return sum;
  }

  double place_distance2(const Eigen::Vector3d& center, const SeenBody& body, const SeenBody& other) const {
    const double sigma = options_.place_sigma *
                         std::hypot(detections_[body.detection].depth, detections_[other.detection].depth);
    return (body.place + center - other.place).squaredNorm() / (sigma * sigma);
  }

  double shape_distance2(const SeenBody& body, const SeenBody& other) const {
    const std::size_t count = std::min(body.joints.size(), other.joints.size());
    double sum = 0;
    for (std::size_t j = 0; j < count; ++j)
      sum += (body.joints[j] - other.joints[j]).squaredNorm() / double(count);
    return sum / (options_.shape_sigma * options_.shape_sigma);
  }

  std::span<const PeopleView> views_;
  std::span<const PeopleDetection> detections_;
  const Eigen::MatrixXd& similarity_;
  const RefinedCameras& cameras_;
  const PoseHypothesisOptions& options_;
};

}  // namespace

Eigen::Vector3d seen_place(const PeopleView& view, const PeopleDetection& detection, const Eigen::Matrix3d& K,
                           const Eigen::Isometry3d& world_from_camera) {
  Camera camera;
  camera.K = K;
  camera.world_from_camera = world_from_camera;
  return camera.unproject(detection.keypoint, detection.depth * K(0, 0) / view.K(0, 0));
}

std::vector<PoseHypothesis> alternative_poses(std::span<const PeopleView> views,
                                              std::span<const PeopleDetection> detections,
                                              const Eigen::MatrixXd& similarity,
                                              const RefinedCameras& cameras,
                                              const PoseHypothesisOptions& options) {
  const HypothesisSearch search(views, detections, similarity, cameras, options);
  std::vector<PoseHypothesis> poses;
  for (int v = 0; v < int(views.size()); ++v) {
    const auto found = search.hypotheses_of(v);
    poses.insert(poses.end(), found.begin(), found.end());
  }
  std::sort(poses.begin(), poses.end(),
            [](const auto& a, const auto& b) { return a.agreement > b.agreement; });
  if (int(poses.size()) > options.most) poses.resize(options.most);
  return poses;
}

}  // namespace ahap
