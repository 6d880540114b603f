#include "reconstruction/multiview/pointmap_refinement.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/multiview/pointmap_residuals.h"

namespace ahap {
namespace {

// Losses and weights of MASt3R-SfM; `smooth` is ours, a hundredth of the scene's depth and half a pixel.
constexpr double kPointGamma = 1.5, kPointSmooth = 0.01;
constexpr double kPixelGamma = 0.5, kPixelSmooth = 0.5;
constexpr double kRegressionGamma = 1.1, kRegressionWeight = 0.01;
// How far the networks' depths within a view and its focal length are trusted: what no match tells stays.
constexpr double kDepthSigma = 0.05, kFocalSigma = 0.2;  // relative
constexpr int kPointRounds = 50, kPixelRounds = 50;

class PointmapRefinement {
 public:
  PointmapRefinement(std::vector<PlacedView>& views, int root, const std::vector<MatchedViews>& matched,
                     const std::vector<RegressedViews>& regressed)
      : views_(views),
        root_(root),
        matched_(matched),
        regressed_(regressed),
        cameras_(views.size()),
        log_scale_(views.size()),
        first_anchor_(views.size()) {
    std::size_t anchors = 0;
    for (std::size_t v = 0; v < views.size(); ++v) {
      cameras_[v].start_rotation = views[v].world_from_camera.linear();
      cameras_[v].center = views[v].world_from_camera.translation();
      log_scale_[v] = std::log(views[v].scale);
      first_anchor_[v] = anchors;
      anchors += views[v].log_depth.size();
    }
    log_depth_.assign(anchors, 0);
    double sum = 0;
    std::size_t count = 0;
    for (const MatchedViews& pair : matched) {
      for (const PixelMatch& match : pair.matches) sum += match.weight;
      count += pair.matches.size();
    }
    if (count > 0) mean_weight_ = sum / double(count);
  }

  void refine() {
    if (!bring_points_together() || !bring_pixels_together()) return;
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (!views_[v].placed) continue;
      views_[v].world_from_camera = cameras_[v].world_from_camera();
      views_[v].scale = std::exp(log_scale_[v]);
      views_[v].focal *= std::exp(cameras_[v].log_focal);
      std::copy_n(log_depth_.begin() + std::ptrdiff_t(first_anchor_[v]), views_[v].log_depth.size(),
                  views_[v].log_depth.begin());
    }
  }

 private:
  static bool solve(ceres::Problem& problem, ceres::Solver::Options options) {
    options.logging_type = ceres::SILENT;
    options.function_tolerance = 1e-7;
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
    return summary.IsSolutionUsable() && std::isfinite(summary.final_cost);
  }

  ceres::LossFunction* weighted(double gamma, double smooth, double weight) const {
    return new ceres::ScaledLoss(new GammaLoss(gamma, smooth), weight / mean_weight_, ceres::TAKE_OWNERSHIP);
  }

  void add_pose(std::size_t v, ceres::Problem& problem, EliminationOrder& order) {
    CameraVariables& camera = cameras_[v];
    for (auto [block, size] :
         {std::pair{camera.turn.data(), 3}, {camera.center.data(), 3}, {&log_scale_[v], 1}}) {
      problem.AddParameterBlock(block, size);
      order.append(block);
      if (int(v) == root_) problem.SetParameterBlockConstant(block);
    }
  }

  void add_same_point(int a, const Eigen::Vector3d& of_a, int b, const Eigen::Vector3d& of_b,
                      ceres::LossFunction* loss, ceres::Problem& problem) {
    CameraVariables &at_a = cameras_[std::size_t(a)], &at_b = cameras_[std::size_t(b)];
    problem.AddResidualBlock(
        cost<SamePoint, 3, 3, 3, 1, 3, 3, 1>({at_a.start_rotation, at_b.start_rotation, of_a, of_b}), loss,
        at_a.turn.data(), at_a.center.data(), &log_scale_[std::size_t(a)], at_b.turn.data(),
        at_b.center.data(), &log_scale_[std::size_t(b)]);
  }

  void add_regression(ceres::Problem& problem) {
    for (const RegressedViews& pair : regressed_) {
      for (std::size_t i = 0; i < pair.of_first.size(); ++i)
        add_same_point(pair.first, pair.of_first[i], pair.second, pair.of_second[i],
                       weighted(kRegressionGamma, kPointSmooth, kRegressionWeight * mean_weight_), problem);
    }
  }

  // The point under a pixel by the canonical depth and the focal length.
  Eigen::Vector3d point_at(const PlacedView& view, const Eigen::Vector2i& pixel) const {
    const double z = double(view.points[view.pixel(pixel.x(), pixel.y())].z());
    const Eigen::Vector2d from = from_principal(view, pixel) * (z / view.focal);
    return {from.x(), from.y(), z};
  }
  static Eigen::Vector2d from_principal(const PlacedView& view, const Eigen::Vector2i& pixel) {
    return pixel.cast<double>() + Eigen::Vector2d(0.5, 0.5) - view.picture.principal_point;
  }

  bool bring_points_together() {
    ceres::Problem problem;
    EliminationOrder order;
    for (std::size_t v = 0; v < views_.size(); ++v)
      if (views_[v].placed) add_pose(v, problem, order);
    for (const MatchedViews& pair : matched_) {
      const PlacedView &first = views_[std::size_t(pair.first)], &second = views_[std::size_t(pair.second)];
      for (const PixelMatch& match : pair.matches)
        add_same_point(pair.first, point_at(first, match.first), pair.second, point_at(second, match.second),
                       weighted(kPointGamma, kPointSmooth, match.weight), problem);
    }
    add_regression(problem);
    ceres::Solver::Options options;
    options.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
    options.linear_solver_ordering = order.blocks;
    options.max_num_iterations = kPointRounds;
    return solve(problem, options);
  }

  void add_focal(std::size_t v, ceres::Problem& problem, EliminationOrder& order) {
    const PlacedView& view = views_[v];
    double* block = &cameras_[v].log_focal;
    const double diagonal = std::hypot(view.picture.width, view.picture.height);
    problem.AddResidualBlock(cost<ZeroPrior<1>, 1, 1>({kFocalSigma}), nullptr, block);
    problem.SetParameterLowerBound(block, 0, std::min(0.0, std::log(kShortestFocal * diagonal / view.focal)));
    problem.SetParameterUpperBound(block, 0, std::max(0.0, std::log(kLongestFocal * diagonal / view.focal)));
    order.append(block);
  }

  // The point under a's pixel is seen at b's.
  void add_reprojection(int a, const Eigen::Vector2i& from, int b, const Eigen::Vector2i& to, double weight,
                        ceres::Problem& problem, EliminationOrder& order) {
    const PlacedView &at_a = views_[std::size_t(a)], &at_b = views_[std::size_t(b)];
    CameraVariables &camera_a = cameras_[std::size_t(a)], &camera_b = cameras_[std::size_t(b)];
    double* depth = &log_depth_[first_anchor_[std::size_t(a)] + at_a.anchor(from.x(), from.y())];
    if (!problem.HasParameterBlock(depth)) {
      problem.AddResidualBlock(cost<ZeroPrior<1>, 1, 1>({kDepthSigma}), nullptr, depth);
      order.eliminate_first(depth);
    }
    const MatchReprojection residual{camera_a.start_rotation,
                                     camera_b.start_rotation,
                                     from_principal(at_a, from),
                                     double(at_a.points[at_a.pixel(from.x(), from.y())].z()),
                                     at_a.focal,
                                     at_b.focal,
                                     from_principal(at_b, to)};
    problem.AddResidualBlock(cost<MatchReprojection, 2, 3, 3, 1, 1, 1, 3, 3, 1>(residual),
                             weighted(kPixelGamma, kPixelSmooth, weight), camera_a.turn.data(),
                             camera_a.center.data(), &log_scale_[std::size_t(a)], &camera_a.log_focal, depth,
                             camera_b.turn.data(), camera_b.center.data(), &camera_b.log_focal);
  }

  bool bring_pixels_together() {
    ceres::Problem problem;
    EliminationOrder order;
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (!views_[v].placed) continue;
      add_pose(v, problem, order);
      add_focal(v, problem, order);
    }
    bool any = false;
    for (const MatchedViews& pair : matched_) {
      for (const PixelMatch& match : pair.matches) {
        add_reprojection(pair.first, match.first, pair.second, match.second, match.weight, problem, order);
        add_reprojection(pair.second, match.second, pair.first, match.first, match.weight, problem, order);
        any = true;
      }
    }
    if (!any) return true;
    add_regression(problem);
    ceres::Solver::Options options;
    options.linear_solver_type = ceres::DENSE_SCHUR;
    options.linear_solver_ordering = order.blocks;
    options.max_num_iterations = kPixelRounds;
    return solve(problem, options);
  }

  std::vector<PlacedView>& views_;
  int root_;
  const std::vector<MatchedViews>& matched_;
  const std::vector<RegressedViews>& regressed_;
  std::vector<CameraVariables> cameras_;
  std::vector<double> log_scale_, log_depth_;  // of the views; of all views' anchors
  std::vector<std::size_t> first_anchor_;      // of each view in log_depth_
  double mean_weight_ = 1;                     // of the matches
};

}  // namespace

void refine_pointmaps(std::vector<PlacedView>& views, int root, const std::vector<MatchedViews>& matched,
                      const std::vector<RegressedViews>& regressed) {
  PointmapRefinement(views, root, matched, regressed).refine();
}

}  // namespace ahap
