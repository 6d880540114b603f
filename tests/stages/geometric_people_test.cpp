#include "reconstruction/stages/geometric_people.h"

#include <gmock/gmock.h>

#include "reconstruction/evaluation/metrics.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/models/model.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/reconstruct.h"
#include "reconstruction/synthetic/render_capture.h"
#include "tests/fixtures/smplx_body.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr double kUnit = 0.4;    // of the scene branch's length: metres times this
constexpr int kHumanSize = 448;  // side of the human branch's square; the scene branch's is the pictures' own
constexpr int kHead = 15;

Eigen::Isometry3d camera0_from_camera(const GroundTruth& truth, std::size_t v) {
  return truth.views[0].camera.camera_from_world() * truth.views[v].camera.world_from_camera;
}

// Knows the truth up to its unit of length, in the frame of the first camera.
class TrueScene : public SceneBranch {
 public:
  explicit TrueScene(const GroundTruth& truth) : truth_(truth) {}
  int input_size() const override { return truth_.views[0].camera.width; }
  bool relates_cameras() const override { return true; }
  SceneEstimate estimate(const torch::Tensor& images, const Progress&) override {
    const int S = input_size(), V = int(images.size(0));
    SceneEstimate scene;
    scene.features = torch::zeros({V, 4, 7, 7});
    scene.depth = torch::zeros({V, S, S});
    scene.depth_conf = torch::ones({V, S, S});
    scene.K = torch::zeros({V, 3, 3});
    scene.world_from_camera = torch::eye(4).repeat({V, 1, 1});
    for (int v = 0; v < V; ++v) {
      auto depth = truth_.views[v].depth;
      scene.depth[v] = torch::from_blob(depth.data(), {S, S}) * kUnit;
      scene.K[v] = tensor_of(truth_.views[v].camera.K);
      const Eigen::Isometry3d pose = camera0_from_camera(truth_, v);
      scene.world_from_camera[v].slice(0, 0, 3).slice(1, 0, 3) = tensor_of(Eigen::Matrix3d(pose.linear()));
      scene.world_from_camera[v].slice(0, 0, 3).select(1, 3) =
          tensor_of(Eigen::Vector3d(pose.translation() * kUnit));
    }
    return scene;
  }

 private:
  GroundTruth truth_;
};

// Detections of equal features and 40-pixel boxes; one entry each of view, key point, depth, pose (J, 6) and
// shape.
HumanEstimate detections_of(std::int64_t num_views, const std::vector<std::int64_t>& view,
                            const std::vector<torch::Tensor>& keypoint, const std::vector<float>& depth,
                            const std::vector<torch::Tensor>& pose, const std::vector<torch::Tensor>& betas,
                            const torch::Tensor& score) {
  HumanEstimate human;
  human.features = torch::zeros({num_views, 4, 8, 8});
  human.view = torch::tensor(view);
  human.score = score;
  human.keypoint = torch::stack(keypoint);
  human.keypoint_depth = torch::tensor(depth);
  human.box = torch::cat({human.keypoint - 20, human.keypoint + 20}, 1);
  human.detection_features = torch::zeros({std::int64_t(view.size()), 4});
  human.pose6d = torch::stack(pose);
  human.betas = torch::stack(betas);
  return human;
}

// Sees everybody whose head is in the picture as they are.
class TruePeople : public HumanBranch {
 public:
  explicit TruePeople(const GroundTruth& truth) : truth_(truth) {}
  int input_size() const override { return kHumanSize; }
  HumanEstimate estimate(const torch::Tensor& images, const SceneEstimate&, const DetectionThresholds&,
                         const Progress&) override {
    EXPECT_EQ(images.size(3), kHumanSize);
    const double ratio = double(kHumanSize) / truth_.views[0].camera.width;
    std::vector<std::int64_t> view;
    std::vector<torch::Tensor> keypoint, pose, betas;
    std::vector<float> depth;
    for (std::size_t v = 0; v < truth_.views.size(); ++v) {
      const Camera& camera = truth_.views[v].camera;
      for (std::size_t p = 0; p < truth_.people.size(); ++p) {
        const GroundTruth::Person& person = truth_.people[p];
        const Eigen::Vector3d head = person.joints[kHead].cast<double>();
        const auto pixel = camera.project(head);
        if (truth_.views[v].visible_pixels[p] < 80 || !pixel || pixel->minCoeff() < 0 ||
            pixel->maxCoeff() > camera.width)
          continue;
        view.push_back(std::int64_t(v));
        keypoint.push_back(torch::tensor({pixel->x() * ratio, pixel->y() * ratio}).to(torch::kFloat));
        depth.push_back(float((camera.camera_from_world() * head).z()));
        std::vector<Eigen::Vector3d> angles;
        for (const Eigen::Vector3f& joint : person.smpl.pose) angles.push_back(joint.cast<double>());
        auto rotations = matrix_from_axis_angle(tensor_of(angles));
        const Eigen::Matrix3d ray_from_world =
            camera_from_ray(camera.K, *pixel).transpose() * camera.camera_from_world().linear();
        rotations[0] = torch::matmul(tensor_of(ray_from_world), rotations[0]);
        pose.push_back(sixd_from_matrix(rotations));
        betas.push_back(
            torch::tensor(std::vector<float>(person.smpl.betas.begin(), person.smpl.betas.end())));
      }
    }
    return detections_of(images.size(0), view, keypoint, depth, pose, betas,
                         torch::linspace(0.6, 0.9, std::int64_t(view.size())));
  }

 private:
  GroundTruth truth_;
};

struct Setup {
  GroundTruth truth;
  std::vector<View> views;
  Model model;
};

std::unique_ptr<Setup> setup(std::uint64_t seed) {
  WorldOptions world;
  world.min_views = world.max_views = 4;
  world.min_people = world.max_people = 3;
  const RenderedCapture capture = render_capture(seed, world);
  auto made = std::make_unique<Setup>();
  made->truth = ground_truth(capture);
  for (std::size_t v = 0; v < capture.views.size(); ++v) {
    View& view = made->views.emplace_back();
    view.name = made->truth.views[v].name;
    view.image = capture.views[v].image;
  }
  made->model.name = "truthful";
  made->model.primary_keypoint = "head";
  made->model.scene = std::make_unique<TrueScene>(made->truth);
  made->model.human = std::make_unique<TruePeople>(made->truth);
  made->model.body = std::make_shared<Smpl>(procedural_body(BodyDetail::low));
  return made;
}

TEST(GeometricPipeline, WithPerfectBranchesPeopleAndCamerasAreTheTruth) {
  for (const std::uint64_t seed : {830001, 830002, 830003}) {
    const auto made = setup(seed);
    const auto result = reconstruct(made->views, made->model, {});
    EXPECT_EQ(result->association_method, "geometric");
    EXPECT_EQ(result->primary_keypoint, "head");
    EXPECT_NEAR(result->scale, 1 / kUnit, 0.15) << "a head's surface lies before its joint";
    const CaptureScores scores = score(*result, 0, made->truth);
    EXPECT_EQ(scores.association_accuracy.value().value_or(0), 1);
    EXPECT_LT(scores.pa_mpjpe.value().value_or(1), 0.01) << "metres";
    EXPECT_LT(scores.w_mpjpe.value().value_or(1), 0.35) << "metres";
    EXPECT_LT(scores.ae.value().value_or(1), 1e-3) << "radians";
    for (const Person& person : result->people) {
      // The parameters give the mesh: the pelvis stands where SMPL puts it.
      EXPECT_TRUE(person.bodies[0].transl.allFinite());
      EXPECT_EQ(person.bodies[0].joints.size(), std::size_t(kSmplJoints));
    }
  }
}

// Sees SMPL-X bodies of known parameters whose heads are where the people's are.
class TrueWholeBodies : public HumanBranch {
 public:
  explicit TrueWholeBodies(const GroundTruth& truth) : truth_(truth) {
    torch::manual_seed(11);
    const std::int64_t P = std::int64_t(truth.people.size());
    shape = torch::randn({P, 20}) * 0.3;
    rotations = matrix_from_axis_angle(torch::randn({P, kSmplxJoints, 3}) * 0.2);  // the pelvis in the world
  }
  int input_size() const override { return truth_.views[0].camera.width; }
  HumanEstimate estimate(const torch::Tensor& images, const SceneEstimate&, const DetectionThresholds&,
                         const Progress&) override {
    std::vector<std::int64_t> view;
    std::vector<float> depth;
    std::vector<torch::Tensor> keypoint, pose, betas;
    for (std::size_t v = 0; v < truth_.views.size(); ++v) {
      const Camera& camera = truth_.views[v].camera;
      for (std::size_t p = 0; p < truth_.people.size(); ++p) {
        const Eigen::Vector3d head = truth_.people[p].joints[kHead].cast<double>();
        const Eigen::Vector2d pixel = camera.project(head).value_or(Eigen::Vector2d(0, 0));
        view.push_back(std::int64_t(v));
        depth.push_back(float((camera.camera_from_world() * head).z()));
        keypoint.push_back(torch::tensor({pixel.x(), pixel.y()}).to(torch::kFloat));
        auto in_ray = rotations[p].clone();
        const Eigen::Matrix3d ray_from_world =
            camera_from_ray(camera.K, pixel).transpose() * camera.camera_from_world().linear();
        in_ray[0] = torch::matmul(tensor_of(ray_from_world), in_ray[0]);
        pose.push_back(sixd_from_matrix(in_ray));
        betas.push_back(shape[p]);
      }
    }
    return detections_of(images.size(0), view, keypoint, depth, pose, betas,
                         torch::ones({std::int64_t(view.size())}));
  }

  torch::Tensor shape, rotations;

 private:
  GroundTruth truth_;
};

TEST(GeometricPipeline, PeopleAreWholeBodiesWhereTheModelHasThem) {
  const auto made = setup(830001);
  const auto body = std::make_shared<Smpl>(seeded_smplx(80, 10, 10).body);
  auto branch = std::make_unique<TrueWholeBodies>(made->truth);
  const torch::Tensor shape = branch->shape;
  made->model.body = body;
  made->model.human = std::move(branch);
  const auto result = reconstruct(made->views, made->model, {});
  ASSERT_EQ(result->people.size(), made->truth.people.size());
  for (const Person& person : result->people) {
    const BodyInFrame& in_frame = person.bodies[0];
    ASSERT_TRUE(in_frame.smplx);
    ASSERT_EQ(person.smplx_betas.size(), 10u);
    std::vector<float> coefficients = person.smplx_betas;
    coefficients.insert(coefficients.end(), in_frame.smplx->expression.begin(),
                        in_frame.smplx->expression.end());
    const auto own = torch::tensor(coefficients).view({1, 20});
    EXPECT_LT((shape - own).abs().amax(1).min().item<float>(), 1e-3)
        << "nobody of these people has this shape";

    std::vector<Eigen::Vector3d> pose;
    for (const auto& joint : in_frame.smplx->pose) pose.push_back(joint.cast<double>());
    const auto transl = tensor_of(Eigen::Vector3d(in_frame.smplx->transl.cast<double>())).view({1, 3});
    const auto mesh = (*body)(own, matrix_from_axis_angle(tensor_of(pose)).unsqueeze(0), transl);
    const auto vertices = points3(mesh.vertices[0]);
    ASSERT_EQ(in_frame.mesh.positions.size(), vertices.size());
    for (std::size_t i = 0; i < vertices.size(); ++i) {
      EXPECT_LT((in_frame.mesh.positions[i].cast<double>() - vertices[i]).norm(), 1e-3) << "metres";
    }
    EXPECT_EQ(person.bodies[0].joints.size(), std::size_t(kSmplJoints));
  }
}

TEST(GeometricPipeline, SaysThatItsModelHasNoHeads) {
  const auto made = setup(830004);
  EXPECT_THAT(reconstruct(made->views, made->model, {})->messages, Contains(HasSubstr("no AHAP heads")));
  Options options;
  options.association = AssociationMethod::learned;
  EXPECT_THAT(sentence_of([&] { reconstruct(made->views, made->model, options); }),
              HasSubstr("The truthful model has no AHAP heads"));
}

TEST(GeometricPipeline, WithoutTriangulationPlacesComeFromOneView) {
  const auto made = setup(830001);
  Options options;
  options.study.triangulate = false;
  for (const Person& person : reconstruct(made->views, made->model, options)->people)
    EXPECT_FALSE(person.bodies[0].triangulated);
}

TEST(GeometricPipeline, SaysThatNothingCanBeRefinedWithoutJointsInThePictures) {
  const auto made = setup(830001);
  Options options;
  options.refine = true;
  EXPECT_THAT(reconstruct(made->views, made->model, options)->messages,
              Contains("Nothing was refined: the model sees no joints in the pictures."));
}

TEST(GeometricPipeline, GivesWayToHeadsWhereTheModelHasThem) {
  const auto made = setup(830005);
  torch::manual_seed(3);
  AssociationConfig association;
  association.human_dim = association.scene_dim = 4;
  association.dim = 16;
  HumanHeadConfig head;
  head.human_dim = head.scene_dim = head.detection_dim = 4;
  head.person_dim = head.dim = 16;
  made->model.heads = AhapHeads(association, head);
  const auto result = reconstruct(made->views, made->model, {});
  EXPECT_EQ(result->association_method, "learned");
  EXPECT_NEAR(result->scale, 1 / kUnit, 0.15);
  Options options;
  options.association = AssociationMethod::geometric;
  EXPECT_EQ(reconstruct(made->views, made->model, options)->association_method, "geometric");
}

BranchObservations related_views(int views) {
  BranchObservations seen;
  seen.size = 8;
  seen.views.resize(views);
  for (SeenView& view : seen.views) {
    view.depth.assign(64, 2.0f);
    view.world_from_camera = Eigen::Isometry3d::Identity();
  }
  return seen;
}

SeenPerson person_at_depth(int view, double depth) {
  SeenPerson person;
  person.view = view;
  person.keypoint = {4, 4};
  person.depth = depth;
  return person;
}

TEST(BringToMetres, ScalesDepthAndCamerasByTheDetectionsDepth) {
  BranchObservations seen = related_views(2);
  seen.views[1].world_from_camera->translation().x() = 3;
  seen.people = {person_at_depth(0, 5), person_at_depth(1, 6), person_at_depth(1, 7)};
  EXPECT_NEAR(bring_to_metres(seen), 3, 1e-6);
  EXPECT_NEAR(seen.views[1].depth[18], 6, 1e-5);
  EXPECT_NEAR(seen.views[1].world_from_camera->translation().x(), 9, 1e-5);
  EXPECT_TRUE(seen.views[1].world_from_camera->linear().isIdentity());
}

TEST(BringToMetres, WithoutPeopleNothingChanges) {
  BranchObservations seen = related_views(1);
  EXPECT_EQ(bring_to_metres(seen), 1);
  EXPECT_EQ(seen.views[0].depth[0], 2);
}

}  // namespace
}  // namespace ahap
