#include "reconstruction/body_layer/smpl.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>
#include <random>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/smpl_joints.h"
#include "tests/fixtures/smplx_body.h"

namespace ahap {
namespace {

const BodyModel& body() {
  static const BodyModel model = procedural_body(BodyDetail::low);
  return model;
}

torch::Tensor random_rotations(int n, int joints, double angle) {
  const torch::Tensor axis = torch::randn({n, joints, 3});
  const torch::Tensor a = axis / axis.norm(2, -1, true) * (angle * torch::rand({n, joints, 1}));
  torch::Tensor skew = torch::zeros({n, joints, 3, 3});
  for (int i = 0; i < 3; ++i) {
    skew.select(-2, (i + 1) % 3).select(-1, (i + 2) % 3).copy_(-a.select(-1, i));
    skew.select(-2, (i + 2) % 3).select(-1, (i + 1) % 3).copy_(a.select(-1, i));
  }
  return torch::matrix_exp(skew);
}

// SMPL written down vertex by vertex in double precision, as in the paper.
struct Reference {
  Eigen::MatrixXd vertices, joints;  // (V, 3), (J, 3)
};

Reference reference(const BodyModel& m, const Eigen::VectorXd& betas, const std::vector<Eigen::Matrix3d>& R,
                    const Eigen::Vector3d& transl) {
  const int V = m.num_vertices(), J = m.num_joints();
  Eigen::MatrixXd shaped = m.v_template.cast<double>();
  for (int v = 0; v < V; ++v)
    for (int a = 0; a < 3; ++a) shaped(v, a) += m.shapedirs.row(3 * v + a).cast<double>().dot(betas);
  const Eigen::MatrixXd rest = m.J_regressor.cast<double>() * shaped;
  Eigen::VectorXd feature(9 * (J - 1));
  for (int j = 1; j < J; ++j)
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 3; ++c) feature[9 * (j - 1) + 3 * r + c] = R[j](r, c) - (r == c);
  std::vector<Eigen::Affine3d> posed_from_rest(J), world(J);
  Reference out{Eigen::MatrixXd::Zero(V, 3), Eigen::MatrixXd(J, 3)};
  for (int j = 0; j < J; ++j) {
    const int p = m.parents[j];
    Eigen::Vector3d bone = rest.row(j).transpose();
    if (p >= 0) bone -= rest.row(p).transpose();
    const Eigen::Affine3d local = Eigen::Translation3d(bone) * Eigen::Affine3d(R[j]);
    world[j] = p < 0 ? local : world[p] * local;
    posed_from_rest[j] = world[j] * Eigen::Translation3d(-rest.row(j).transpose());
    out.joints.row(j) = (world[j].translation() + transl).transpose();
  }
  for (int v = 0; v < V; ++v) {
    Eigen::Vector3d p = shaped.row(v).transpose();
    for (int a = 0; a < 3; ++a) p[a] += m.posedirs.row(3 * v + a).cast<double>().dot(feature);
    Eigen::Vector3d sum = transl;
    for (int j = 0; j < J; ++j) sum += double(m.weights(v, j)) * (posed_from_rest[j] * p);
    out.vertices.row(v) = sum.transpose();
  }
  return out;
}

TEST(Smpl, RestPoseIsTheTemplate) {
  const Smpl smpl(body());
  const auto eye = torch::eye(3).expand({1, kSmplJoints, 3, 3});
  const SmplOutput out = smpl(torch::zeros({1, kSmplBetas}), eye, torch::zeros({1, 3}));
  for (int v = 0; v < body().num_vertices(); ++v)
    for (int a = 0; a < 3; ++a)
      ASSERT_NEAR(out.vertices[0][v][a].item<float>(), body().v_template(v, a), 1e-6);
}

TEST(Smpl, AgreesWithAPlainDoubleImplementation) {
  torch::manual_seed(1);
  BodyModel m = body();
  std::mt19937 generator(5);
  std::normal_distribution<float> noise(0, 0.003f);
  for (auto& value : m.posedirs.reshaped()) value = noise(generator);
  const int N = 3, J = m.num_joints();
  const Smpl smpl(m);
  const auto betas = torch::randn({N, kSmplBetas}), R = random_rotations(N, J, 2.0),
             transl = torch::randn({N, 3});
  const SmplOutput out = smpl(betas, R, transl);
  const auto joints_only = smpl.joints(betas, R, transl);
  for (int n = 0; n < N; ++n) {
    Eigen::VectorXd b(kSmplBetas);
    for (int i = 0; i < kSmplBetas; ++i) b[i] = betas[n][i].item<double>();
    std::vector<Eigen::Matrix3d> rotations(J);
    for (int j = 0; j < J; ++j)
      for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) rotations[j](r, c) = R[n][j][r][c].item<double>();
    const Eigen::Vector3d t(transl[n][0].item<double>(), transl[n][1].item<double>(),
                            transl[n][2].item<double>());
    const Reference truth = reference(m, b, rotations, t);
    const torch::Tensor vertices_n = out.vertices[n], joints_n = out.joints[n], only_n = joints_only[n];
    const auto vertices = vertices_n.accessor<float, 2>(), joints = joints_n.accessor<float, 2>();
    const auto only = only_n.accessor<float, 2>();
    for (int v = 0; v < m.num_vertices(); ++v)
      for (int a = 0; a < 3; ++a) ASSERT_NEAR(vertices[v][a], truth.vertices(v, a), 2e-6);
    for (int j = 0; j < J; ++j)
      for (int a = 0; a < 3; ++a) {
        ASSERT_NEAR(joints[j][a], truth.joints(j, a), 2e-6);
        ASSERT_EQ(joints[j][a], only[j][a]);
      }
  }
}

TEST(Smpl, OneGlobalRotationTurnsTheWholeBodyAboutThePelvis) {
  torch::manual_seed(2);
  const Smpl smpl(body());
  const auto betas = torch::randn({1, kSmplBetas}), transl = torch::zeros({1, 3});
  const auto R = random_rotations(1, kSmplJoints, 1.0), G = random_rotations(1, 1, 3.0)[0][0];
  auto turned_R = R.clone();
  turned_R.select(1, 0).copy_(G.matmul(R.select(1, 0)));
  const SmplOutput before = smpl(betas, R, transl), after = smpl(betas, turned_R, transl);
  const auto pelvis = before.joints.narrow(1, 0, 1);
  EXPECT_LT(((before.vertices - pelvis).matmul(G.t()) + pelvis - after.vertices).abs().max().item<float>(),
            3e-6);
  EXPECT_LT(((before.joints - pelvis).matmul(G.t()) + pelvis - after.joints).abs().max().item<float>(), 3e-6);
}

TEST(Smpl, ABatchIsItsElements) {
  torch::manual_seed(3);
  const Smpl smpl(body());
  const auto betas = torch::randn({4, kSmplBetas}), R = random_rotations(4, kSmplJoints, 1.0),
             t = torch::randn({4, 3});
  const SmplOutput all = smpl(betas, R, t);
  for (int n = 0; n < 4; ++n) {
    const SmplOutput one = smpl(betas.narrow(0, n, 1), R.narrow(0, n, 1), t.narrow(0, n, 1));
    EXPECT_LT((one.vertices[0] - all.vertices[n]).abs().max().item<float>(), 1e-5);
  }
}

TEST(Smpl, GradientsAgreeWithFiniteDifferences) {
  torch::manual_seed(4);
  const Smpl smpl(body());
  const auto probe = torch::randn({1, body().num_vertices(), 3}) / std::sqrt(body().num_vertices());
  const auto joint_probe = torch::randn({1, kSmplJoints, 3});
  const auto loss = [&](const std::vector<torch::Tensor>& x) {
    const SmplOutput out = smpl(x[0], x[1], x[2]);
    return (out.vertices * probe).sum() + (out.joints * joint_probe).sum();
  };
  std::vector<torch::Tensor> x = {torch::randn({1, kSmplBetas}), random_rotations(1, kSmplJoints, 1.0),
                                  torch::randn({1, 3})};
  for (auto& t : x) t.set_requires_grad(true);
  const auto gradients = torch::autograd::grad({loss(x)}, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto direction = torch::randn_like(x[i]);
    constexpr double h = 0.01;
    std::vector<torch::Tensor> plus, minus;
    for (std::size_t k = 0; k < x.size(); ++k) {
      plus.push_back(x[k].detach() + (k == i ? h * direction : torch::zeros_like(x[k])));
      minus.push_back(x[k].detach() - (k == i ? h * direction : torch::zeros_like(x[k])));
    }
    const double numeric = (loss(plus).item<double>() - loss(minus).item<double>()) / (2 * h);
    const double analytic = (gradients[i] * direction).sum().item<double>();
    EXPECT_NEAR(numeric, analytic, 5e-3 * std::max(1.0, std::abs(analytic))) << "input " << i;
  }
}

double litres(const torch::Tensor& vertices, const torch::Tensor& faces) {
  const auto corner = [&](int i) { return vertices.index_select(0, faces.select(1, i)).to(torch::kDouble); };
  return 1000.0 / 6.0 * (corner(0) * torch::linalg_cross(corner(1), corner(2))).sum().item<double>();
}

TEST(Smpl, PoseBlendShapesKeepTheVolumeOfABendingBody) {
  BodyModel rigid = body();
  rigid.posedirs.setZero();
  const Smpl smpl(body()), without(rigid);
  const auto betas = torch::zeros({1, kSmplBetas}), transl = torch::zeros({1, 3});
  const auto straight = torch::eye(3).expand({1, kSmplJoints, 3, 3});
  const double at_rest = litres(smpl(betas, straight, transl).vertices[0], smpl.faces());
  for (int joint : {1, 4, 18}) {  // left hip and knee about x, left elbow about y
    for (double degrees : {45.0, 90.0}) {
      const double angle = degrees * M_PI / 180 * (joint == 4 ? 1 : -1), c = std::cos(angle),
                   s = std::sin(angle);
      auto R = straight.clone();
      R[0][joint] = joint == 18 ? torch::tensor({{c, 0., s}, {0., 1., 0.}, {-s, 0., c}}, torch::kFloat)
                                : torch::tensor({{1., 0., 0.}, {0., c, -s}, {0., s, c}}, torch::kFloat);
      const double bent = litres(smpl(betas, R, transl).vertices[0], smpl.faces());
      const double skinned = litres(without(betas, R, transl).vertices[0], smpl.faces());
      EXPECT_LT(std::abs(bent - at_rest), std::abs(skinned - at_rest))
          << kSmplJointNames[joint] << " at " << degrees;
      EXPECT_NEAR(bent, at_rest, 0.02 * at_rest) << kSmplJointNames[joint] << " at " << degrees;
    }
  }
}

// One person's coefficients, rotations and translation, taken from a batch.
Reference reference(const BodyModel& m, const torch::Tensor& betas, const torch::Tensor& R,
                    const torch::Tensor& transl) {
  const auto b = betas.to(torch::kDouble).contiguous(), r = R.to(torch::kDouble).contiguous(),
             t = transl.to(torch::kDouble).contiguous();
  std::vector<Eigen::Matrix3d> rotations;
  for (int j = 0; j < m.num_joints(); ++j)
    rotations.push_back(
        Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(r.data_ptr<double>() + 9 * j));
  return reference(m, Eigen::Map<const Eigen::VectorXd>(b.data_ptr<double>(), b.numel()), rotations,
                   Eigen::Map<const Eigen::Vector3d>(t.data_ptr<double>()));
}

double largest_difference(const torch::Tensor& points, const Eigen::MatrixXd& truth) {
  const torch::Tensor values = points.to(torch::kDouble).contiguous();
  const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, 3, Eigen::RowMajor>> mapped(
      values.data_ptr<double>(), values.size(0), 3);
  return (mapped - truth).cwiseAbs().maxCoeff();
}

// Per person: 10 betas, 10 expression coefficients, 55 rotations with hands, jaw and eyes.
struct SmplxInput {
  torch::Tensor betas_and_expression, rotations, transl;
};

SmplxInput random_smplx_input(int n) {
  return {torch::randn({n, 20}), random_rotations(n, kSmplxJoints, 1.5), torch::randn({n, 3})};
}

TEST(SmplxBody, AgreesWithAPlainDoubleImplementation) {
  torch::manual_seed(6);
  const SmplxModel model = testing::seeded_smplx(1100, 10, 10);
  const Smpl smplx(model.body);
  const SmplxInput in = random_smplx_input(8);
  const SmplOutput out = smplx(in.betas_and_expression, in.rotations, in.transl);
  const torch::Tensor joints = smplx.joints(in.betas_and_expression, in.rotations, in.transl);
  for (int n = 0; n < 8; ++n) {
    const Reference truth = reference(model.body, in.betas_and_expression[n], in.rotations[n], in.transl[n]);
    EXPECT_LT(largest_difference(out.vertices[n], truth.vertices), 1e-6) << "person " << n;
    EXPECT_LT(largest_difference(out.joints[n], truth.joints), 1e-6) << "person " << n;
    EXPECT_LT(largest_difference(joints[n], truth.joints), 1e-6) << "person " << n;
  }
}

TEST(SmplxBody, ExpressionHandsJawAndEyesMoveTheirVertices) {
  SmplxModel model = testing::seeded_smplx(220, 10, 10);
  model.body.posedirs.setZero();
  const Smpl smplx(model.body);
  const auto eye = torch::eye(3).expand({1, kSmplxJoints, 3, 3}), still = torch::zeros({1, 3});
  const torch::Tensor rest = smplx(torch::zeros({1, 20}), eye, still).vertices;

  const torch::Tensor expression = torch::zeros({1, 20});
  expression[0][13] = 1;
  const torch::Tensor moved = (smplx(expression, eye, still).vertices - rest)[0].reshape({-1});
  for (int row = 0; row < 660; ++row)
    ASSERT_NEAR(moved[row].item<float>(), model.body.shapedirs(row, 13), 1e-6) << row;

  for (int joint : {22, 23, 24, 25, 39, 40, 54}) {
    const torch::Tensor R = eye.clone();
    R[0][joint] = torch::diag(torch::tensor({-1.f, -1.f, 1.f}));
    EXPECT_GT((smplx(torch::zeros({1, 20}), R, still).vertices - rest).abs().max().item<float>(), 0.01)
        << "joint " << joint;
  }
}

TEST(SmplxBody, GradientsAgreeWithFiniteDifferencesOfTheDoubleImplementation) {
  torch::manual_seed(8);
  const SmplxModel model = testing::seeded_smplx(165, 10, 10);
  const Smpl smplx(model.body);
  const SmplxInput in = random_smplx_input(1);
  std::vector<torch::Tensor> x = {in.betas_and_expression, in.rotations, in.transl};
  for (auto& input : x) input.set_requires_grad(true);
  const torch::Tensor probe = torch::randn({1, 165, 3}), joint_probe = torch::randn({1, kSmplxJoints, 3});
  const SmplOutput out = smplx(x[0], x[1], x[2]);
  const auto gradients =
      torch::autograd::grad({(out.vertices * probe).sum() + (out.joints * joint_probe).sum()}, x);

  const auto loss = [&](const std::vector<torch::Tensor>& at) {
    const Reference truth = reference(model.body, at[0][0], at[1][0], at[2][0]);
    double sum = 0;
    const auto add = [&](const torch::Tensor& weights, const Eigen::MatrixXd& points) {
      const auto w = weights.accessor<float, 3>();
      for (int i = 0; i < points.rows(); ++i)
        for (int a = 0; a < 3; ++a) sum += w[0][i][a] * points(i, a);
    };
    add(probe, truth.vertices), add(joint_probe, truth.joints);
    return sum;
  };
  for (std::size_t i = 0; i < x.size(); ++i)
    for (int trial = 0; trial < 3; ++trial) {
      const torch::Tensor direction = torch::randn_like(x[i]).to(torch::kDouble);
      std::vector<torch::Tensor> plus, minus;
      for (const auto& input : x)
        plus.push_back(input.detach().to(torch::kDouble)), minus.push_back(plus.back());
      constexpr double h = 1e-4;
      plus[i] = plus[i] + h * direction, minus[i] = minus[i] - h * direction;
      const double numeric = (loss(plus) - loss(minus)) / (2 * h);
      const double analytic = (gradients[i].to(torch::kDouble) * direction).sum().item<double>();
      EXPECT_NEAR(numeric, analytic, 1e-4 * std::max(1.0, std::abs(numeric))) << "input " << i;
    }
}

TEST(Smpl, RefusesAJointBeforeItsParent) {
  BodyModel m = body();
  m.parents[1] = 5;
  EXPECT_THROW(Smpl{m}, std::runtime_error);
}

}  // namespace
}  // namespace ahap
