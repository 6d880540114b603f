#include "reconstruction/multiview/camera_confidence.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ahap {
namespace {

// Posterior standard deviation of the rotation between each two of the bundle's active views.
Eigen::MatrixXd relative_sigmas(PeopleBundle& bundle, const BundleState& state) {
  bundle.update_directions(state);
  const Eigen::MatrixXd C = bundle.view_covariance(state);
  const std::vector<int>& views = bundle.active_views();
  const int n = int(views.size());
  Eigen::MatrixXd sigma = Eigen::MatrixXd::Zero(n, n);
  for (int a = 0; a < n; ++a) {
    for (int b = 0; b < a; ++b) {
      // R_a R_b^T turns by w_a - R_a R_b^T w_b when the views turn by w_a and w_b.
      const Eigen::Matrix3d R = state.views[views[a]].R * state.views[views[b]].R.transpose();
      const Eigen::Matrix3d Caa = C.block<3, 3>(8 * a, 8 * a), Cbb = C.block<3, 3>(8 * b, 8 * b),
                            Cab = C.block<3, 3>(8 * a, 8 * b);
      const double variance =
          Caa.trace() + (R * Cbb * R.transpose()).trace() - 2 * (Cab * R.transpose()).trace();
      sigma(a, b) = sigma(b, a) = std::sqrt(std::max(variance, 0.0));
    }
  }
  return sigma;
}

}  // namespace

std::vector<double> rotation_sigmas(PeopleBundle& bundle, const BundleState& state, double largest) {
  const Eigen::MatrixXd between = relative_sigmas(bundle, state);
  std::vector<double> result(state.views.size(), std::numbers::pi);
  std::vector<int> in(bundle.active_views().size());
  for (int k = 0; k < int(in.size()); ++k) in[k] = k;
  while (in.size() > 1) {
    double worst = -1;
    std::size_t worst_at = 0;
    for (std::size_t k = 0; k < in.size(); ++k) {
      std::vector<double> others;
      for (int j : in) {
        if (j != in[k]) others.push_back(between(in[k], j));
      }
      std::nth_element(others.begin(), others.begin() + std::ptrdiff_t((others.size() - 1) / 2),
                       others.end());
      const double median = std::min(others[(others.size() - 1) / 2], std::numbers::pi);
      result[bundle.active_views()[in[k]]] = median;
      if (median > worst) {
        worst = median;
        worst_at = k;
      }
    }
    if (worst <= largest) return result;
    // The last two are unsure of each other: neither stays.
    if (in.size() == 2) return result;
    in.erase(in.begin() + std::ptrdiff_t(worst_at));
  }
  return result;
}

}  // namespace ahap
