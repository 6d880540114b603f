#include "reconstruction/multiview/pointmap_alignment.h"

#include <gmock/gmock.h>

#include <numbers>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/pointmap_residuals.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

constexpr int kWidth = 96, kHeight = 72;
constexpr double kDegree = std::numbers::pi / 180;

// A wavy wall with a ball in front of it; cameras before it. World: x right, y down, z away from the cameras.
class WallAndBall {
 public:
  static double distance_along(const Eigen::Vector3d& center, const Eigen::Vector3d& ray) {
    const Eigen::Vector3d from = center - Eigen::Vector3d(0.2, 0.1, 3);  // the ball, of radius 0.8
    const double b = from.dot(ray), c = from.squaredNorm() - 0.64, q = b * b - c;
    if (q > 0 && -b - std::sqrt(q) > 0) return -b - std::sqrt(q);
    double t = (5 - center.z()) / ray.z();
    for (int i = 0; i < 50; ++i) {
      const Eigen::Vector3d X = center + t * ray;
      t += (5 + 0.4 * std::sin(1.3 * X.x()) + 0.3 * std::cos(1.7 * X.y()) - X.z()) / (2 * ray.z());
    }
    return t;
  }
};

struct SimulatedPairs {
  std::vector<Camera> cameras;
  std::vector<std::vector<Eigen::Vector3d>> points;  // of every pixel, world
  RandomGeometry random{7};

  // Noise: relative, of points along their rays. Outliers: share of the matches.
  double noise = 0, outliers = 0;
  float match_weight = 20;
  std::vector<std::pair<int, int>> without_matches;

  explicit SimulatedPairs(int views) {
    for (int v = 0; v < views; ++v) {
      const double angle = 0.25 * (v - 0.5 * (views - 1));
      Camera camera;
      camera.width = kWidth;
      camera.height = kHeight;
      const double focal = 90 + 6 * v;
      camera.K << focal, 0, 0.5 * kWidth, 0, focal, 0.5 * kHeight, 0, 0, 1;
      camera.world_from_camera.linear() = (Eigen::AngleAxisd(-angle, Eigen::Vector3d::UnitY()) *
                                           Eigen::AngleAxisd(0.05 * v, Eigen::Vector3d::UnitX()) *
                                           Eigen::AngleAxisd(0.03 * v, Eigen::Vector3d::UnitZ()))
                                              .toRotationMatrix();
      camera.world_from_camera.translation() =
          Eigen::Vector3d(4 * std::sin(angle), 0.2 * v, 4 - 4 * std::cos(angle));
      cameras.push_back(camera);
      points.emplace_back();
      for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
          const Eigen::Vector3d ray = camera.ray({x + 0.5, y + 0.5});
          points.back().push_back(camera.center() + WallAndBall::distance_along(camera.center(), ray) * ray);
        }
      }
    }
  }

  std::vector<PointmapView> pictures() const {
    return std::vector<PointmapView>(cameras.size(), {kWidth, kHeight, {0.5 * kWidth, 0.5 * kHeight}});
  }

  PointmapPair pair(int first, int second) {
    PointmapPair pair{first, second, {}, {}, {}, {}, {}};
    const double unit = random.uniform(0.5, 2);
    const Eigen::Isometry3d camera = cameras[std::size_t(first)].camera_from_world();
    const auto seen = [&](int v, auto& to, auto& confidence) {
      for (const Eigen::Vector3d& X : points[std::size_t(v)]) {
        const double factor = unit * (1 + noise * random.normal());
        to.push_back((factor * (camera * X)).cast<float>());
        confidence.push_back(float(random.uniform(2, 6)));
      }
    };
    seen(first, pair.first_points, pair.first_confidence);
    seen(second, pair.second_points, pair.second_confidence);
    if (std::find(without_matches.begin(), without_matches.end(),
                  std::pair(std::min(first, second), std::max(first, second))) == without_matches.end())
      pair.matches = matches(first, second);
    return pair;
  }

  // Pixels on a grid, matched with the pixel in which the other view sees their point.
  std::vector<PixelMatch> matches(int first, int second) {
    std::vector<PixelMatch> found;
    for (int y = 3; y < kHeight - 3; y += 4) {
      for (int x = 3; x < kWidth - 3; x += 4) {
        const Eigen::Vector3d& X = points[std::size_t(first)][std::size_t(y * kWidth + x)];
        const auto pixel = cameras[std::size_t(second)].project(X);
        if (!pixel || pixel->x() < 3 || pixel->y() < 3 || pixel->x() >= kWidth - 3 ||
            pixel->y() >= kHeight - 3)
          continue;
        Eigen::Vector2i to = pixel->cast<int>();
        const Eigen::Vector3d& there = points[std::size_t(second)][std::size_t(to.y() * kWidth + to.x())];
        if ((there - X).norm() > 0.3) continue;  // hidden
        if (random.chance(outliers)) to = {random.integer(3, kWidth - 4), random.integer(3, kHeight - 4)};
        found.push_back({{x, y}, to, match_weight});
      }
    }
    return found;
  }

  std::vector<AlignedView> aligned() {
    PointmapAlignment alignment(pictures());
    for (int a = 0; a < int(cameras.size()); ++a)
      for (int b = 0; b < int(cameras.size()); ++b)
        if (a != b) alignment.add(pair(a, b));
    return alignment.solve();
  }
};

struct CameraErrors {
  double rotation = 0;  // radians, the largest
  double center = 0;    // the largest, in units of the cameras' mean distance from their middle
  double focal = 0;     // relative, the largest
  double depth = 0;     // relative, the median's, after the same scale
};

CameraErrors errors_of(const std::vector<AlignedView>& aligned, const SimulatedPairs& truth) {
  std::vector<Eigen::Isometry3d> found, real;
  std::vector<Eigen::Vector3d> centers;
  for (std::size_t v = 0; v < aligned.size(); ++v) {
    EXPECT_TRUE(aligned[v].placed) << v;
    found.push_back(aligned[v].world_from_camera);
    real.push_back(truth.cameras[v].world_from_camera);
    centers.push_back(truth.cameras[v].center());
  }
  const auto similarity = align_trajectories(found, real, AlignmentGroup::Sim3);
  CameraErrors errors;
  const double spread = mean_distance_from_middle(centers);
  for (std::size_t v = 0; v < aligned.size(); ++v) {
    const Eigen::Isometry3d moved = *similarity * found[v];
    errors.rotation = std::max(errors.rotation, rotation_angle(moved.linear(), real[v].linear()));
    errors.center = std::max(errors.center, (moved.translation() - real[v].translation()).norm() / spread);
    errors.focal = std::max(errors.focal, std::abs(aligned[v].focal / truth.cameras[v].K(0, 0) - 1));
    std::vector<double> relative;
    for (std::size_t i = 0; i < aligned[v].depth.size(); ++i) {
      const double z = (truth.cameras[v].camera_from_world() * truth.points[v][i]).z();
      relative.push_back(std::abs(similarity->scale * double(aligned[v].depth[i]) / z - 1));
    }
    std::nth_element(relative.begin(), relative.begin() + std::ptrdiff_t(relative.size() / 2),
                     relative.end());
    errors.depth = std::max(errors.depth, relative[relative.size() / 2]);
  }
  return errors;
}

TEST(PointmapAlignment, PairsWithoutMatchesButExactPointsGiveTheCamerasExactly) {
  SimulatedPairs simulated(4);
  simulated.match_weight = 1;  // too weak to count
  const CameraErrors errors = errors_of(simulated.aligned(), simulated);
  EXPECT_LT(errors.rotation, 1e-4);
  EXPECT_LT(errors.center, 1e-3);
  EXPECT_LT(errors.focal, 1e-4);
  EXPECT_LT(errors.depth, 1e-4);
}

TEST(PointmapAlignment, MatchesOfWholePixelsGiveTheCamerasToAFractionOfAPixel) {
  SimulatedPairs simulated(4);
  const CameraErrors errors = errors_of(simulated.aligned(), simulated);
  EXPECT_LT(errors.rotation, 0.2 * kDegree);
  EXPECT_LT(errors.center, 0.02);
  EXPECT_LT(errors.focal, 0.01);
  EXPECT_LT(errors.depth, 0.01);
}

TEST(PointmapAlignment, NoisyPointsAndWrongMatchesDoNotBendIt) {
  SimulatedPairs simulated(4);
  simulated.noise = 0.03;
  simulated.outliers = 0.3;
  const CameraErrors errors = errors_of(simulated.aligned(), simulated);
  EXPECT_LT(errors.rotation, 0.6 * kDegree);
  EXPECT_LT(errors.center, 0.05);
  EXPECT_LT(errors.focal, 0.03);
  EXPECT_LT(errors.depth, 0.03);
}

TEST(PointmapAlignment, APairWithoutMatchesIsBridgedByTheOthers) {
  SimulatedPairs simulated(3);
  simulated.without_matches = {{0, 2}};
  const CameraErrors errors = errors_of(simulated.aligned(), simulated);
  EXPECT_LT(errors.rotation, 0.2 * kDegree);
  EXPECT_LT(errors.center, 0.02);
}

TEST(PointmapAlignment, MatchesCorrectCamerasThatThePairsPointsHaveWrong) {
  SimulatedPairs simulated(3);
  PointmapAlignment alignment(simulated.pictures());
  const Eigen::Matrix3d bent =
      Eigen::AngleAxisd(3 * kDegree, Eigen::Vector3d(1, 2, 0.5).normalized()).toRotationMatrix();
  for (int a = 0; a < 3; ++a) {
    for (int b = 0; b < 3; ++b) {
      if (a == b) continue;
      PointmapPair pair = simulated.pair(a, b);
      for (Eigen::Vector3f& point : pair.second_points) point = (bent * point.cast<double>()).cast<float>();
      alignment.add(pair);
    }
  }
  const CameraErrors errors = errors_of(alignment.solve(), simulated);
  EXPECT_LT(errors.rotation, 0.3 * kDegree);
  EXPECT_LT(errors.center, 0.03);
}

TEST(PointmapAlignment, AViewThatNoPairRelatesIsToldApart) {
  SimulatedPairs simulated(3);
  PointmapAlignment alignment(simulated.pictures());
  alignment.add(simulated.pair(0, 1));
  alignment.add(simulated.pair(1, 0));
  const std::vector<AlignedView> aligned = alignment.solve();
  EXPECT_TRUE(aligned[0].placed && aligned[1].placed);
  EXPECT_FALSE(aligned[2].placed);
  EXPECT_EQ(aligned[2].depth[100], 0);
}

TEST(PointmapAlignment, AViewPairedWithItselfKeepsItsOwnPoints) {
  SimulatedPairs simulated(1);
  PointmapAlignment alignment(simulated.pictures());
  const PointmapPair pair = simulated.pair(0, 0);
  alignment.add(pair);
  const std::vector<AlignedView> aligned = alignment.solve();
  ASSERT_TRUE(aligned[0].placed);
  EXPECT_TRUE(aligned[0].world_from_camera.isApprox(Eigen::Isometry3d::Identity()));
  EXPECT_NEAR(aligned[0].depth[1000], pair.first_points[1000].z(), 1e-4);
  EXPECT_NEAR(aligned[0].focal, simulated.cameras[0].K(0, 0), 0.01);
}

TEST(PointmapAlignment, PointsThatMeanNothingGiveCamerasThatAreFinite) {
  SimulatedPairs simulated(2);
  PointmapAlignment alignment(simulated.pictures());
  for (const auto& [a, b] : {std::pair(0, 1), {1, 0}}) {
    PointmapPair pair = simulated.pair(a, b);
    for (std::size_t i = 0; i < pair.first_points.size(); ++i) {
      pair.first_points[i] = simulated.random.vector(1).cast<float>();
      pair.second_points[i] = i % 3 == 0 ? Eigen::Vector3f::Constant(NAN) : pair.first_points[i];
      if (i % 5 == 0) pair.second_confidence[i] = INFINITY;
    }
    pair.matches.push_back({{-4, 2}, {10000, 3}, 30});
    alignment.add(pair);
  }
  for (const AlignedView& view : alignment.solve()) {
    EXPECT_TRUE(view.world_from_camera.matrix().allFinite());
    EXPECT_GT(view.focal, 0);
    for (const float z : view.depth) ASSERT_TRUE(std::isfinite(z) && z >= 0);
  }
}

TEST(PointmapAlignment, MapsOfAnotherSizeAreRefused) {
  SimulatedPairs simulated(2);
  PointmapAlignment alignment(simulated.pictures());
  PointmapPair pair = simulated.pair(0, 1);
  pair.second_points.pop_back();
  EXPECT_THROW(alignment.add(pair), std::invalid_argument);
  pair = simulated.pair(0, 1);
  pair.second = 2;
  EXPECT_THROW(alignment.add(pair), std::invalid_argument);
}

TEST(CanonicalPointmap, IsTheWeightedMeanOfMapsInOneUnit) {
  CanonicalPointmap map;
  EXPECT_TRUE(map.empty());
  const std::vector<Eigen::Vector3f> one = {{1, 2, 4}, {0, 1, 2}, {NAN, 0, 1}};
  std::vector<Eigen::Vector3f> twice = one;
  for (auto& point : twice) point *= 2;
  twice[2] = {2, 2, 2};
  map.add(one, std::vector<float>{2.999f, 1.5f, 3});
  map.add(twice, std::vector<float>{1.999f, 2.5f, 2});
  const auto points = map.points();
  EXPECT_TRUE(points[0].isApprox(one[0], 1e-5f));
  EXPECT_TRUE(points[1].isApprox(one[1], 1e-5f));
  EXPECT_TRUE(points[2].isApprox(Eigen::Vector3f(1, 1, 1), 1e-5f)) << "known to one map alone, in its unit";
  EXPECT_NEAR(map.confidence()[1], 2, 1e-6);
}

TEST(CanonicalPointmap, TheFocalLengthIsFoundDespiteWrongPoints) {
  SimulatedPairs simulated(1);
  PointmapPair pair = simulated.pair(0, 0);
  for (std::size_t i = 0; i < pair.first_points.size(); i += 4)
    pair.first_points[i] = simulated.random.vector(2).cast<float>();
  const Eigen::Vector2d middle(0.5 * kWidth, 0.5 * kHeight);
  EXPECT_NEAR(focal_of_pointmap(pair.first_points, kWidth, kHeight, middle), 90, 1);
  std::vector<Eigen::Vector3f> behind(pair.first_points.size(), {0, 0, -1});
  EXPECT_EQ(focal_of_pointmap(behind, kWidth, kHeight, middle), kWidth);
  std::vector<Eigen::Vector3f> ahead(pair.first_points.size(), {1e-6f, 1e-6f, 1});
  EXPECT_LE(focal_of_pointmap(ahead, kWidth, kHeight, middle), 10 * std::hypot(kWidth, kHeight));
}

TEST(GammaLoss, RisesAsTheDistanceNearZeroAndAsItsPowerFarAway) {
  const GammaLoss loss(0.5, 1e-6);
  double near[3], far[3];
  loss.Evaluate(1e-6, near);
  loss.Evaluate(1e8, far);
  EXPECT_NEAR(near[0] / 1e-3, 1, 0.01);
  EXPECT_NEAR(far[0] / 100, 1, 0.01);
}

TEST(GammaLoss, ItsDerivativesAreThoseOfItsValue) {
  for (const double gamma : {0.5, 1.1, 1.5}) {
    const GammaLoss loss(gamma, 0.3);
    for (const double s : {0.0, 0.01, 0.4, 9.0}) {
      constexpr double kStep = 1e-5;
      double at[3], after[3];
      loss.Evaluate(s, at);
      loss.Evaluate(s + kStep, after);
      EXPECT_NEAR((after[0] - at[0]) / kStep, at[1], 1e-3 * std::abs(at[1])) << gamma << " at " << s;
      EXPECT_NEAR((after[1] - at[1]) / kStep, at[2], 1e-2 * std::abs(at[2]) + 1e-6) << gamma << " at " << s;
    }
  }
}

}  // namespace
}  // namespace ahap
