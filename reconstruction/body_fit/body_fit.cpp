#include "reconstruction/body_fit/body_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "reconstruction/body_fit/body_fit_start.h"
#include "reconstruction/body_fit/body_fit_terms.h"
#include "reconstruction/body_fit/pose_prior.h"

namespace ahap {
namespace {

constexpr double kConverged = 1e-6;  // relative change of the cost at which the fit is done
constexpr double kMaxStep = 0.7;     // radians a joint may turn in one step

// The largest rotation of any joint in a step, radians.
double largest_rotation(const StateStep& step) {
  double largest = 0;
  for (const int column : kRotationColumn)
    if (column >= 0) largest = std::max(largest, step.segment<3>(column).norm());
  return largest;
}

// Takes the shape out of a step.
void hold_shape(NormalEquations& equations) {
  equations.A.middleRows<kSmplBetas>(kBetaColumn).setZero();
  equations.A.middleCols<kSmplBetas>(kBetaColumn).setZero();
  equations.A.diagonal().segment<kSmplBetas>(kBetaColumn).setOnes();
  equations.b.segment<kSmplBetas>(kBetaColumn).setZero();
}

double linearize(const BodyFitCost& cost, bool shape_known, const BodyState& state,
                 NormalEquations& equations) {
  const double value = cost(state, &equations);
  if (shape_known) hold_shape(equations);
  return value;
}

// Levenberg and Marquardt. Returns the number of iterations.
int minimize(const BodyFitCost& cost, int max_iterations, bool shape_known, BodyState& state) {
  NormalEquations equations;
  double current = linearize(cost, shape_known, state, equations), damping = 1e-3;
  for (int iteration = 0; iteration < max_iterations; ++iteration) {
    Eigen::Matrix<double, kStateSize, kStateSize> A = equations.A;
    A.diagonal() += damping * equations.A.diagonal() + StateStep::Constant(1e-9);
    StateStep step = -A.ldlt().solve(equations.b);
    if (!step.allFinite()) return iteration;
    if (const double largest = largest_rotation(step); largest > kMaxStep) step *= kMaxStep / largest;
    const BodyState next = state + step;
    const double there = cost(next);
    if (!(there < current)) {
      damping *= 8;
      if (damping > 1e6) return iteration + 1;
      continue;
    }
    state = next;
    const bool done = current - there < kConverged * there;
    if (done) return iteration + 1;
    current = linearize(cost, shape_known, state, equations);
    damping = std::max(damping / 5, 1e-9);
  }
  return max_iterations;
}

// Standard deviation per axis of the root, metres.
double root_sigma(const BodyFitCost& cost, bool shape_known, const BodyState& state) {
  NormalEquations equations;
  linearize(cost, shape_known, state, equations);
  equations.A.diagonal() += StateStep::Constant(1e-9);
  const Eigen::Matrix<double, kStateSize, 3> covariance =
      equations.A.ldlt().solve(Eigen::Matrix<double, kStateSize, 3>::Identity());
  return std::sqrt(std::max(covariance.topRows<3>().trace(), 0.0) / 3);
}

void measure(const FitEvidence& evidence, BodyFit& fit) {
  double sum = 0;
  int count = 0;
  for (const PersonObservation* person : evidence.observations) {
    auto& residuals = fit.residuals.emplace_back();
    for (int k = 0; k < kBodyPoints; ++k) {
      residuals[k] = -1;
      const ObservedPoint& point = person->points[k];
      const auto pixel = project(evidence.views[person->view], fit.points[k]);
      if (!point.observed() || !pixel) continue;
      residuals[k] = (*pixel - point.pixel).norm();
      sum += residuals[k] * residuals[k];
      ++count;
    }
  }
  fit.rms = count > 0 ? std::sqrt(sum / count) : 0;
}

}  // namespace

SmplParameters smpl_parameters(const FittedBodyModel& model, const BodyState& state) {
  SmplParameters smpl;
  for (int b = 0; b < kSmplBetas; ++b) smpl.betas[b] = float(state.betas[b]);
  for (int j = 0; j < kSmplJoints; ++j) smpl.pose[j] = rotation_vector(state.rotations[j]).cast<float>();
  smpl.transl = (state.root - model.joints[0].at(state.betas)).cast<float>();
  return smpl;
}

BodyFit fit_body(const FittedBodyModel& model, const FitEvidence& evidence, const FitOptions& options) {
  for (const PersonObservation* person : evidence.observations)
    if (person->view < 0 || person->view >= int(evidence.views.size()))
      throw std::invalid_argument("fit_body: view " + std::to_string(person->view) + " of " +
                                  std::to_string(evidence.views.size()) + ".");

  BodyFit fit;
  BodyState state = options.start ? *options.start : closed_form_start(model, evidence);
  if (options.shape) state.betas = *options.shape;
  // Larger standard deviations first widen the basin; after each round the points' own uncertainty is taken
  // at the distance found.
  for (const double sigma_scale : options.start ? std::vector<double>{1.0} : std::vector<double>{4.0, 1.0}) {
    const BodyFitCost cost(model, evidence, options.landmark_weight, sigma_scale, state);
    fit.iterations += minimize(cost, sigma_scale > 1 ? options.max_iterations / 4 : options.max_iterations,
                               options.shape.has_value(), state);
    fit.root_sigma = root_sigma(cost, options.shape.has_value(), state);
  }

  const PosedBody posed = pose_body(model, state);
  fit.smpl = smpl_parameters(model, state);
  fit.joints = posed.joints;
  fit.points = posed.points;
  fit.height = model.height(state.betas);
  fit.state = state;
  measure(evidence, fit);
  return fit;
}

}  // namespace ahap
