#include "reconstruction/geometry/manhattan.h"

#include <Eigen/Cholesky>
#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>

#include "reconstruction/geometry/level_camera.h"

namespace ahap {
namespace {

constexpr int kLongestSide = 640;       // pixels of the picture in which edges are sought
constexpr double kMinGradient = 0.003;  // of the luma, 0..1 per pixel, of an edge
constexpr double kCoherent = 0.98;      // of the structure tensor, 0..1, of a straight edge
constexpr int kMaxEdges = 4000;
constexpr int kMinEdges = 150;
constexpr double kStray = 0.4;  // likelihood of an edge that follows no direction, beside 1 on a direction
constexpr double kEdgesPerEvidence = 15;  // neighbouring edge pixels err together: so many count as one
constexpr double kMaxEvidence = 200;
constexpr double kHeadingFloor = 0.01, kUpFloor = 0.012,
                 kFocalFloor = 0.02;  // no result is known better than that
// Measured on rendered captures: standard errors are so many times what the curvature says, and of two
// headings that differ by so much in the logarithm of the likelihood the likelier one is right e times as
// often.
constexpr double kUpInflation = 1.2, kFocalInflation = 1.5, kNatsPerTrust = 20;
constexpr double kQuarter = M_PI / 2;

using Edge = StraightEdge;

struct Plane {
  int width, height;
  std::vector<float> values;
  Plane(int width, int height) : width(width), height(height), values(std::size_t(width) * height) {}
  float& at(int x, int y) { return values[std::size_t(y) * width + x]; }
  float at(int x, int y) const { return values[std::size_t(y) * width + x]; }
};

// Brightness, 0..1, each pixel the mean of step x step pixels of the picture.
Plane luma(const Image& picture, int step) {
  Plane plane(picture.width / step, picture.height / step);
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) {
      int sum = 0;
      for (int dy = 0; dy < step; ++dy) {
        for (int dx = 0; dx < step; ++dx) {
          const std::uint8_t* p = picture.pixel(x * step + dx, y * step + dy);
          sum += 77 * p[0] + 150 * p[1] + 29 * p[2];
        }
      }
      plane.at(x, y) = float(sum) / (256 * 255.f * float(step * step));
    }
  }
  return plane;
}

// Smoothed with 1 4 6 4 1 along both axes.
Plane smoothed(const Plane& in) {
  constexpr std::array<float, 5> taps = {1 / 16.f, 4 / 16.f, 6 / 16.f, 4 / 16.f, 1 / 16.f};
  Plane rows(in.width, in.height), out(in.width, in.height);
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      for (int k = -2; k <= 2; ++k)
        rows.at(x, y) += taps[k + 2] * in.at(std::clamp(x + k, 0, in.width - 1), y);
    }
  }
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      for (int k = -2; k <= 2; ++k)
        out.at(x, y) += taps[k + 2] * rows.at(x, std::clamp(y + k, 0, in.height - 1));
    }
  }
  return out;
}

std::vector<Edge> find_edges(const Image& picture, const Eigen::Matrix3d& K,
                             std::span<const std::array<double, 4>> ignored) {
  const int step = (std::max(picture.width, picture.height) + kLongestSide - 1) / kLongestSide;
  const Plane image = smoothed(luma(picture, std::max(1, step)));
  const int w = image.width, h = image.height;
  std::vector<Edge> edges;
  if (w < 16 || h < 16) return edges;
  Plane xx(w, h), yy(w, h), xy(w, h);
  for (int y = 1; y + 1 < h; ++y) {
    for (int x = 1; x + 1 < w; ++x) {
      const float gx = (image.at(x + 1, y - 1) - image.at(x - 1, y - 1) + image.at(x + 1, y + 1) -
                        image.at(x - 1, y + 1) + 2 * (image.at(x + 1, y) - image.at(x - 1, y))) /
                       8;
      const float gy = (image.at(x - 1, y + 1) - image.at(x - 1, y - 1) + image.at(x + 1, y + 1) -
                        image.at(x + 1, y - 1) + 2 * (image.at(x, y + 1) - image.at(x, y - 1))) /
                       8;
      xx.at(x, y) = gx * gx;
      yy.at(x, y) = gy * gy;
      xy.at(x, y) = gx * gy;
    }
  }
  xx = smoothed(xx), yy = smoothed(yy), xy = smoothed(xy);
  const auto energy = [&](int x, int y) { return xx.at(x, y) + yy.at(x, y); };
  for (int y = 4; y + 4 < h; ++y) {
    for (int x = 4; x + 4 < w; ++x) {
      const float sum = energy(x, y), difference = xx.at(x, y) - yy.at(x, y);
      if (sum < kMinGradient * kMinGradient) continue;
      const float coherence = std::hypot(difference, 2 * xy.at(x, y)) / sum;
      if (coherence < kCoherent) continue;
      const float angle = 0.5f * std::atan2(2 * xy.at(x, y), difference);
      const float nx = std::cos(angle), ny = std::sin(angle);
      const int sx = int(std::lround(1.5f * nx)), sy = int(std::lround(1.5f * ny));
      if (energy(x + sx, y + sy) > sum || energy(x - sx, y - sy) > sum) continue;  // beside the edge
      const double px = (x + 0.5) * step, py = (y + 0.5) * step;
      if (std::any_of(ignored.begin(), ignored.end(),
                      [&](const auto& b) { return px > b[0] && py > b[1] && px < b[2] && py < b[3]; })) {
        continue;
      }
      edges.push_back({float((px - K(0, 2)) / K(0, 0)), float((py - K(1, 2)) / K(1, 1)), nx, ny,
                       std::sqrt(std::min(1.f, std::sqrt(sum) / 0.05f)) * coherence});
    }
  }
  if (int(edges.size()) > kMaxEdges) {
    std::vector<Edge> kept;
    for (int i = 0; i < kMaxEdges; ++i) kept.push_back(edges[std::size_t(i) * edges.size() / kMaxEdges]);
    edges = std::move(kept);
  }
  return edges;
}

// heading, pitch, roll, log of the focal factor
using Unknowns = Eigen::Vector4d;

class Fit {
 public:
  // heading_sigma 0: any heading is as likely as `heading`.
  Fit(const std::vector<Edge>& edges, const ManhattanPrior& prior, double heading, double heading_sigma)
      : edges_(edges), expected_(heading, 0, 0, 0) {
    const Eigen::Vector3d up = prior.up.normalized();
    pitch_ = std::asin(std::clamp(up.z(), -1.0, 1.0));
    roll_ = std::atan2(-up.x(), -up.y());
    information_ << (heading_sigma > 0 ? std::pow(heading_sigma, -2) : 0), std::pow(prior.up_sigma, -2),
        std::pow(prior.up_sigma, -2), prior.focal_sigma > 0 ? std::pow(prior.focal_sigma, -2) : 1e12;
    double total = 0;
    for (const Edge& edge : edges) total += edge.weight;
    evidence_ = std::min(kMaxEvidence, double(edges.size()) / kEdgesPerEvidence) / total;
  }

  Eigen::Vector3d up(const Unknowns& q) const {
    const double pitch = pitch_ + q[1], roll = roll_ + q[2];
    return {-std::sin(roll) * std::cos(pitch), -std::cos(roll) * std::cos(pitch), std::sin(pitch)};
  }

  // Negative logarithm of the likelihood; of every `stride`-th edge, as if they were all.
  double cost(const Unknowns& q, double sigma, int stride = 1) const {
    const Eigen::Matrix3f axes = room_from_camera(q);
    const float factor = float(std::exp(-q[3])), scale = float(-0.5 / (sigma * sigma));
    double sum = 0;
    for (std::size_t i = 0; i < edges_.size(); i += stride) {
      float likelihood = float(kStray);
      for (int axis = 0; axis < 3; ++axis) {
        const float e = misfit(edges_[i], axes, axis, factor);
        likelihood += std::exp(scale * e * e);
      }
      sum += edges_[i].weight * std::log(likelihood);
    }
    return -evidence_ * stride * sum + 0.5 * (q - expected_).cwiseAbs2().dot(information_);
  }

  // The nearest minimum, by expectation maximisation: which direction each edge follows, then Gauss-Newton.
  // Returns the information (inverse covariance) there.
  Eigen::Matrix4d descend(Unknowns& q, double sigma, int rounds) const {
    constexpr double kStep = 1e-4;
    Eigen::Matrix4d H;
    for (int round = 0; round < rounds; ++round) {
      std::array<Eigen::Matrix3f, 5> axes;  // at q, and moved along each unknown
      std::array<float, 5> factor;
      for (int k = 0; k < 5; ++k) {
        Unknowns moved = q;
        if (k > 0) moved[k - 1] += kStep;
        axes[k] = room_from_camera(moved);
        factor[k] = float(std::exp(-moved[3]));
      }
      H = information_.asDiagonal();
      Eigen::Vector4d g = information_.cwiseProduct(q - expected_);
      const float scale = float(-0.5 / (sigma * sigma));
      for (const Edge& edge : edges_) {
        float e[3], likelihood[3], sum = float(kStray);
        for (int axis = 0; axis < 3; ++axis) {
          e[axis] = misfit(edge, axes[0], axis, factor[0]);
          sum += likelihood[axis] = std::exp(scale * e[axis] * e[axis]);
        }
        for (int axis = 0; axis < 3; ++axis) {
          const double share = likelihood[axis] / sum;
          if (share < 0.01) continue;
          Eigen::Vector4d slope;
          for (int k = 0; k < 4; ++k)
            slope[k] = (misfit(edge, axes[k + 1], axis, factor[k + 1]) - e[axis]) / kStep;
          const double weight = evidence_ * edge.weight * share / (sigma * sigma);
          H += weight * slope * slope.transpose();
          g += weight * e[axis] * slope;
        }
      }
      H(0, 0) += 1e-6;
      const Unknowns step = H.ldlt().solve(g);
      if (!step.allFinite()) break;
      q -= step * std::min(1.0, 0.1 / step.cwiseAbs().maxCoeff());
      if (step.cwiseAbs().maxCoeff() < 1e-5) break;
    }
    return H;
  }

 private:
  Eigen::Matrix3f room_from_camera(const Unknowns& q) const {
    return (Eigen::AngleAxisd(q[0], Eigen::Vector3d::UnitY()) * level_from_camera(up(q))).cast<float>();
  }

  // Cosine of the angle between the edge's normal and the line to the axis' vanishing point: 0 for an edge
  // along it.
  static float misfit(const Edge& edge, const Eigen::Matrix3f& axes, int axis, float factor) {
    const float x = edge.x * factor, y = edge.y * factor;
    const float tx = axes(axis, 0) - x * axes(axis, 2), ty = axes(axis, 1) - y * axes(axis, 2);
    return (edge.nx * tx + edge.ny * ty) / std::max(0.1f, std::sqrt(tx * tx + ty * ty));
  }

  const std::vector<Edge>& edges_;
  double pitch_, roll_, evidence_;
  Unknowns expected_;            // of the prior ...
  Eigen::Vector4d information_;  // ... and its information, a diagonal
};

constexpr int kCandidates = 4;
constexpr double kApart = 0.1;                     // radians between headings that are told apart
constexpr double kCoarse = 0.045, kSigma = 0.018;  // radians, expected error of an edge's direction
constexpr double kExpected = 0.06;                 // radians, error of a heading that is expected

struct Candidate {
  double cost;
  Unknowns q;
};

double between_headings(double a, double b) {
  return std::abs(std::remainder(a - b, kQuarter));
}

// The best starts among these headings, apart from each other.
std::vector<Candidate> coarse_search(const Fit& fit, const std::vector<double>& headings, bool focal_known,
                                     int stride) {
  std::vector<Candidate> grid, starts;
  for (const double heading : headings) {
    for (const double pitch : {-0.04, 0.0, 0.04}) {
      for (const double focal : {-0.15, 0.0, 0.15}) {
        if (focal_known && focal != 0) continue;
        const Unknowns q(heading, pitch, 0, focal);
        grid.push_back({fit.cost(q, kCoarse, stride), q});
      }
    }
  }
  std::sort(grid.begin(), grid.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
  for (const Candidate& c : grid) {
    if (int(starts.size()) == kCandidates) break;
    if (std::all_of(starts.begin(), starts.end(),
                    [&](const auto& s) { return between_headings(s.q[0], c.q[0]) > kApart; })) {
      starts.push_back(c);
    }
  }
  return starts;
}

ManhattanFrame nothing_found(const ManhattanPrior& prior) {
  ManhattanFrame frame;
  frame.up = prior.up.normalized();
  frame.up_sigma = prior.up_sigma;
  frame.focal_sigma = prior.focal_sigma;
  return frame;
}

ManhattanFrame frame_among(const StraightEdges& seen, const Fit& fit, const std::vector<double>& headings) {
  const ManhattanPrior& prior = seen.prior;
  ManhattanFrame frame = nothing_found(prior);
  auto starts =
      coarse_search(fit, headings, prior.focal_sigma == 0, std::max(1, int(seen.edges.size()) / 1000));
  for (Candidate& c : starts) {
    fit.descend(c.q, kCoarse, 6);
    fit.descend(c.q, kSigma, 12);
    c.cost = fit.cost(c.q, kSigma);
  }
  std::sort(starts.begin(), starts.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
  double total = 0, spread = 0;  // of the weights, and of log f about the likeliest frame's
  for (Candidate& c : starts) {
    const bool known =
        std::any_of(frame.headings.begin(), frame.headings.end(),
                    [&](const ManhattanYaw& other) { return between_headings(other.yaw, c.q[0]) < kApart; });
    if (known) continue;
    const Eigen::Matrix4d covariance = fit.descend(c.q, kSigma, 4).inverse();
    if (!covariance.allFinite() || !(covariance.diagonal().minCoeff() > 0)) continue;
    if (frame.headings.empty()) {
      frame.found = true;
      frame.up = fit.up(c.q);
      frame.focal_factor = std::exp(c.q[3]);
      frame.up_sigma =
          kUpInflation * std::hypot(kUpFloor, std::sqrt(0.5 * (covariance(1, 1) + covariance(2, 2))));
      if (prior.focal_sigma > 0) {
        frame.focal_sigma = kFocalInflation * std::hypot(kFocalFloor, std::sqrt(covariance(3, 3)));
      }
    }
    const double weight = std::exp((starts[0].cost - c.cost) / kNatsPerTrust);
    frame.headings.push_back({c.q[0] - kQuarter * std::floor(c.q[0] / kQuarter),
                              std::hypot(kHeadingFloor, std::sqrt(covariance(0, 0))), weight});
    total += weight;
    spread += weight * std::pow(c.q[3] - std::log(frame.focal_factor), 2);
  }
  for (ManhattanYaw& heading : frame.headings) heading.weight /= total;
  if (prior.focal_sigma > 0 && frame.found)
    frame.focal_sigma = std::hypot(frame.focal_sigma, std::sqrt(spread / total));
  return frame;
}

}  // namespace

StraightEdges straight_edges(const Image& picture, const ManhattanPrior& prior,
                             std::span<const std::array<double, 4>> people) {
  return {prior, find_edges(picture, prior.K, people)};
}

ManhattanFrame manhattan_frame(const StraightEdges& edges) {
  if (int(edges.edges.size()) < kMinEdges) return nothing_found(edges.prior);
  std::vector<double> headings;
  for (int i = 0; i < 45; ++i) headings.push_back(kQuarter * i / 45);
  return frame_among(edges, Fit(edges.edges, edges.prior, 0, 0), headings);
}

ManhattanFrame manhattan_frame_at(const StraightEdges& edges, double heading) {
  if (int(edges.edges.size()) < kMinEdges) return nothing_found(edges.prior);
  return frame_among(edges, Fit(edges.edges, edges.prior, heading, kExpected), {heading});
}

}  // namespace ahap
