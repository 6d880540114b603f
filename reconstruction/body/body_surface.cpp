#include "reconstruction/body/body_surface.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <vector>

namespace ahap {
namespace {

using Eigen::Vector3d;

constexpr double kFar = 10;  // what a part answers where it is too far to matter

// Polynomial smooth minimum: blends over a width k, exact outside it.
double smooth_min(double a, double b, double k) {
  const double h = std::max(k - std::abs(a - b), 0.0) / k;
  return std::min(a, b) - h * h * k / 4;
}

double smooth_max(double a, double b, double k) {
  return -smooth_min(-a, -b, k);
}

// First-order distance to the surface |q / r| = 1.
double ellipsoid(const Vector3d& q, const Vector3d& r) {
  const double k0 = q.cwiseQuotient(r).norm(), k1 = q.cwiseQuotient(r.cwiseAbs2()).norm();
  return k1 > 1e-9 ? k0 * (k0 - 1) / k1 : -r.minCoeff();
}

// A cross-section of a tube that runs along one coordinate axis: where, its centre and its half extents in
// the other two.
struct Station {
  double at, center_u, center_v, radius_u, radius_v;
};

// A tube through stations, interpolated by Catmull-Rom splines, closed by half ellipsoids.
class Tube {
 public:
  Tube(int axis, std::vector<Station> stations) : axis_(axis), stations_(std::move(stations)) {
    if (stations_.front().at > stations_.back().at) std::reverse(stations_.begin(), stations_.end());
    low_.setConstant(1e9), high_.setConstant(-1e9);
    for (const Station& s : stations_) {
      const double cap = std::max(s.radius_u, s.radius_v);
      Vector3d c, r = Vector3d::Constant(cap);
      c[axis_] = s.at, c[u()] = s.center_u, c[v()] = s.center_v;
      low_ = low_.cwiseMin(c - 1.2 * r), high_ = high_.cwiseMax(c + 1.2 * r);
    }
  }

  // kFar where the tube is too far to matter.
  double distance(const Vector3d& p) const {
    if (((p - low_).array() < -kReach).any() || ((p - high_).array() > kReach).any()) return kFar;
    const double t = std::clamp(p[axis_], stations_.front().at, stations_.back().at);
    const Station s = at(t);
    return ellipsoid({p[axis_] - t, p[u()] - s.center_u, p[v()] - s.center_v},
                     {std::min(s.radius_u, s.radius_v), s.radius_u, s.radius_v});
  }

 private:
  static constexpr double kReach = 0.08;

  int u() const { return axis_ == 0 ? 1 : 0; }
  int v() const { return axis_ == 2 ? 1 : 2; }

  Station at(double t) const {
    std::size_t i = 1;
    while (i + 1 < stations_.size() && stations_[i].at < t) ++i;
    const Station &a = stations_[i - 1], &b = stations_[i];
    const Station &before = stations_[i >= 2 ? i - 2 : 0],
                  &after = stations_[std::min(i + 1, stations_.size() - 1)];
    const double h = b.at - a.at, x = (t - a.at) / h;
    const auto spline = [&](double Station::*m) {
      const double ma = h * (b.*m - before.*m) / (b.at - before.at),
                   mb = h * (after.*m - a.*m) / (after.at - a.at);
      const double x2 = x * x, x3 = x2 * x;
      return (2 * x3 - 3 * x2 + 1) * (a.*m) + (x3 - 2 * x2 + x) * ma + (3 * x2 - 2 * x3) * (b.*m) +
             (x3 - x2) * mb;
    };
    return {t, spline(&Station::center_u), spline(&Station::center_v), spline(&Station::radius_u),
            spline(&Station::radius_v)};
  }

  int axis_;
  std::vector<Station> stations_;
  Vector3d low_, high_;
};

// A bone of the hand: radius linear from a to b.
double rounded_cone(const Vector3d& p, const Vector3d& a, const Vector3d& b, double ra, double rb) {
  const Vector3d ab = b - a;
  const double t = std::clamp((p - a).dot(ab) / ab.squaredNorm(), 0.0, 1.0);
  return (p - a - t * ab).norm() - (ra + t * (rb - ra));
}

// An ellipsoid on the left and its mirror image, blended across the middle.
double both_sides(const Vector3d& p, const Vector3d& center, const Vector3d& radii, double k) {
  const Vector3d mirrored = center.cwiseProduct(Vector3d(-1, 1, 1));
  return smooth_min(ellipsoid(p - center, radii), ellipsoid(p - mirrored, radii), k);
}

double torso(const Vector3d& p) {
  // y, centre x z, half width and half depth.
  static const Tube trunk(1, {{-0.360, 0, -0.018, 0.120, 0.078},
                              {-0.310, 0, -0.018, 0.152, 0.097},
                              {-0.260, 0, -0.014, 0.160, 0.106},
                              {-0.200, 0, -0.008, 0.153, 0.105},
                              {-0.120, 0, 0.000, 0.138, 0.100},
                              {-0.050, 0, 0.003, 0.132, 0.098},
                              {0.030, 0, 0.002, 0.141, 0.104},
                              {0.110, 0, -0.002, 0.156, 0.108},
                              {0.170, 0, -0.010, 0.158, 0.102},
                              {0.215, 0, -0.018, 0.140, 0.088},
                              {0.250, 0, -0.022, 0.098, 0.070},
                              {0.280, 0, -0.018, 0.064, 0.059},
                              {0.320, 0, -0.012, 0.052, 0.051},
                              {0.370, 0, -0.006, 0.049, 0.050}});
  double d = trunk.distance(p);
  d = smooth_min(d, both_sides(p, {0.072, -0.275, -0.070}, {0.072, 0.082, 0.062}, 0.02), 0.06);  // buttocks
  d = smooth_min(d, both_sides(p, {0.070, 0.135, 0.048}, {0.078, 0.072, 0.056}, 0.05), 0.06);    // chest
  d = smooth_min(d, both_sides(p, {0.082, 0.150, -0.072}, {0.068, 0.090, 0.040}, 0.03),
                 0.06);  // shoulder blades
  d = smooth_min(d, both_sides(p, {0.070, 0.240, -0.032}, {0.075, 0.032, 0.036}, 0.05), 0.07);  // trapezius
  return d;
}

// Arm and palm, or arm and mitten.
double arm(const Vector3d& p, BodyDetail detail) {
  // x, centre y z, half extents along y and z; palms down.
  static const std::vector<Station> to_wrist = {
      {0.130, 0.205, -0.020, 0.060, 0.058}, {0.175, 0.208, -0.020, 0.063, 0.061},
      {0.215, 0.210, -0.020, 0.060, 0.059}, {0.280, 0.211, -0.022, 0.052, 0.052},
      {0.340, 0.211, -0.024, 0.048, 0.048}, {0.400, 0.212, -0.027, 0.042, 0.042},
      {0.440, 0.212, -0.029, 0.040, 0.040}, {0.480, 0.212, -0.027, 0.042, 0.042},
      {0.520, 0.212, -0.026, 0.041, 0.042}, {0.580, 0.212, -0.026, 0.035, 0.037},
      {0.640, 0.212, -0.027, 0.026, 0.030}, {0.680, 0.212, -0.028, 0.021, 0.027}};
  static const std::vector<Station> palm = {{0.710, 0.211, -0.027, 0.0185, 0.031},
                                            {0.740, 0.210, -0.026, 0.0165, 0.039},
                                            {0.765, 0.209, -0.026, 0.0140, 0.041},
                                            {0.785, 0.208, -0.027, 0.0105, 0.039}};
  static const std::vector<Station> mitten = {{0.710, 0.211, -0.027, 0.0185, 0.031},
                                              {0.745, 0.210, -0.026, 0.016, 0.040},
                                              {0.790, 0.208, -0.027, 0.013, 0.041},
                                              {0.830, 0.206, -0.027, 0.010, 0.036},
                                              {0.862, 0.205, -0.026, 0.008, 0.024}};
  const auto joined = [](std::vector<Station> a, const std::vector<Station>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  static const Tube with_palm(0, joined(to_wrist, palm)), with_mitten(0, joined(to_wrist, mitten));
  return (detail == BodyDetail::full ? with_palm : with_mitten).distance(p);
}

double fingers(const Vector3d& p, BodyDetail detail) {
  if (p.x() < 0.6) return kFar;
  double d = smooth_min(rounded_cone(p, {0.712, 0.206, -0.002}, {0.748, 0.201, 0.030}, 0.0150, 0.0120),
                        rounded_cone(p, {0.748, 0.201, 0.030}, {0.784, 0.198, 0.046}, 0.0115, 0.0088),
                        0.006);  // thumb
  if (detail == BodyDetail::low) return d;
  struct Finger {
    double z, splay, length;
  };
  for (const Finger& f : {Finger{0.0030, 0.10, 0.078}, Finger{-0.0172, 0.03, 0.090},
                          Finger{-0.0376, -0.05, 0.082}, Finger{-0.0570, -0.14, 0.064}}) {
    const Vector3d knuckle(0.772, 0.2085, f.z),
        middle = knuckle + 0.55 * f.length * Vector3d(1, -0.02, f.splay);
    const Vector3d tip = knuckle + f.length * Vector3d(1, -0.12, f.splay);
    d = std::min(d, smooth_min(rounded_cone(p, knuckle, middle, 0.0100, 0.0088),
                               rounded_cone(p, middle, tip, 0.0088, 0.0072), 0.004));
  }
  return d;
}

double leg(const Vector3d& p) {
  // y, centre x z, half extents along x and z.
  static const Tube tube(1, {{-0.210, 0.070, -0.008, 0.060, 0.075},
                             {-0.280, 0.084, -0.010, 0.083, 0.093},
                             {-0.350, 0.090, -0.009, 0.086, 0.097},
                             {-0.420, 0.094, -0.005, 0.082, 0.091},
                             {-0.500, 0.096, 0.000, 0.073, 0.081},
                             {-0.580, 0.097, 0.002, 0.063, 0.070},
                             {-0.640, 0.098, 0.003, 0.055, 0.061},
                             {-0.690, 0.098, 0.003, 0.050, 0.057},
                             {-0.740, 0.098, -0.005, 0.049, 0.054},
                             {-0.810, 0.099, -0.018, 0.055, 0.060},
                             {-0.880, 0.098, -0.021, 0.048, 0.053},
                             {-0.960, 0.096, -0.024, 0.037, 0.042},
                             {-1.030, 0.095, -0.027, 0.030, 0.035},
                             {-1.080, 0.095, -0.029, 0.030, 0.035},
                             {-1.130, 0.095, -0.030, 0.030, 0.038}});
  double d = tube.distance(p);
  d = smooth_min(d, ellipsoid(p - Vector3d(0.098, -0.680, 0.042), {0.024, 0.034, 0.012}), 0.03);  // knee cap
  d = smooth_min(d, ellipsoid(p - Vector3d(0.066, -1.085, -0.026), {0.010, 0.014, 0.014}),
                 0.02);  // ankle bones
  d = smooth_min(d, ellipsoid(p - Vector3d(0.124, -1.095, -0.034), {0.010, 0.014, 0.014}), 0.02);
  return d;
}

double foot(const Vector3d& p) {
  // z, centre x y, half extents along x and y.
  static const Tube tube(2, {{-0.070, 0.094, -1.147, 0.027, 0.032},
                             {-0.030, 0.095, -1.138, 0.031, 0.042},
                             {0.020, 0.098, -1.137, 0.034, 0.043},
                             {0.060, 0.103, -1.146, 0.040, 0.036},
                             {0.100, 0.108, -1.157, 0.044, 0.027},
                             {0.135, 0.109, -1.163, 0.042, 0.020},
                             {0.155, 0.105, -1.166, 0.034, 0.016}});
  return tube.distance(p);
}

double head(const Vector3d& p, BodyDetail detail) {
  if (p.y() < 0.2 || p.x() > 0.25) return kFar;
  double d = smooth_min(ellipsoid(p - Vector3d(0, 0.438, 0.008), {0.071, 0.090, 0.086}),
                        ellipsoid(p - Vector3d(0, 0.443, -0.020), {0.075, 0.083, 0.080}), 0.03);  // skull
  d = smooth_min(d, ellipsoid(p - Vector3d(0, 0.382, 0.036), {0.053, 0.066, 0.056}), 0.05);       // face
  d = smooth_min(d, both_sides(p, {0.022, 0.345, 0.036}, {0.022, 0.024, 0.038}, 0.06), 0.04);     // jaw
  d = smooth_min(d, ellipsoid(p - Vector3d(0, 0.322, 0.076), {0.018, 0.015, 0.015}), 0.03);       // chin
  if (detail == BodyDetail::low) return d;
  d = smooth_min(d, both_sides(p, {0.024, 0.421, 0.078}, {0.026, 0.008, 0.012}, 0.03), 0.025);  // brow
  d = smooth_max(d, -ellipsoid(p - Vector3d(0.030, 0.402, 0.104), {0.019, 0.013, 0.018}),
                 0.022);  // eye sockets
  d = smooth_min(d, rounded_cone(p, {0, 0.414, 0.088}, {0, 0.381, 0.104}, 0.0065, 0.0095), 0.014);  // nose
  d = smooth_min(d, ellipsoid(p - Vector3d(0, 0.379, 0.094), {0.016, 0.0075, 0.010}), 0.010);    // nostrils
  d = smooth_min(d, ellipsoid(p - Vector3d(0, 0.351, 0.0885), {0.022, 0.0095, 0.0065}), 0.012);  // lips
  const Vector3d ear = Eigen::AngleAxisd(0.25, Vector3d::UnitX()) * (p - Vector3d(0.0755, 0.396, -0.006));
  return smooth_min(d, ellipsoid(ear, {0.0075, 0.028, 0.017}), 0.007);
}

}  // namespace

double body_distance(const Vector3d& point, BodyDetail detail) {
  const Vector3d p(std::abs(point.x()), point.y(), point.z());
  double d = smooth_min(torso(p), smooth_min(arm(p, detail), fingers(p, detail), 0.008), 0.05);
  d = smooth_min(d, head(p, detail), 0.022);
  const double sole = -1.18 - p.y();
  const double lower = smooth_max(smooth_min(leg(p), foot(p), 0.03), sole, 0.015);
  return smooth_min(d, lower, 0.05);
}

}  // namespace ahap
