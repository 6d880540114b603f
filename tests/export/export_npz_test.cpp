#include <gmock/gmock.h>

#include <cstdlib>
#include <limits>

#include "reconstruction/export/exporters.h"
#include "reconstruction/formats/npz.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::in_its_frame;
using testing::sample_reconstruction;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

Eigen::Matrix3d rotation(const Eigen::Vector3d& v) {
  return v.norm() > 0 ? Eigen::AngleAxisd(v.norm(), v.normalized()).toRotationMatrix()
                      : Eigen::Matrix3d::Identity();
}

Eigen::Vector3d first_three(const NpyArray& array) {
  const std::vector<double> values = array.as_doubles();
  return {values.at(0), values.at(1), values.at(2)};
}

// SMPL at its root: a template point turns about the pelvis and then moves.
Eigen::Vector3d place(const Eigen::Vector3d& template_point, const Eigen::Vector3d& J0,
                      const Eigen::Matrix3d& R, const Eigen::Vector3d& trans) {
  return R * (template_point - J0) + J0 + trans;
}

TEST(SmplNpz, HoldsEveryParameterOfThePerson) {
  const TemporaryFolder folder;
  const Person person = sample_reconstruction().people[1];
  write_smpl_npz(in_its_frame(person), folder / "02.npz");
  const Npz npz = read_npz(folder / "02.npz");
  EXPECT_EQ(first_three(npz.at("global_orient")), person.bodies[0].pose[0].cast<double>());
  EXPECT_THAT(npz.at("global_orient").shape, ElementsAre(3));
  EXPECT_THAT(npz.at("body_pose").shape, ElementsAre(69));
  const std::vector<float> body_pose = npz.at("body_pose").as_floats();
  for (int j = 1; j < kSmplJoints; ++j)
    EXPECT_EQ(Eigen::Vector3f(&body_pose[3 * (j - 1)]), person.bodies[0].pose[j]);
  EXPECT_THAT(npz.at("betas").as_floats(), ::testing::ElementsAreArray(person.betas));
  EXPECT_EQ(first_three(npz.at("transl")), person.bodies[0].transl.cast<double>());
  EXPECT_THAT(npz.at("joints").shape, ElementsAre(24, 3));
  const auto num_vertices = std::int64_t(person.bodies[0].mesh.positions.size());
  const auto num_faces = std::int64_t(person.bodies[0].mesh.triangles.size());
  EXPECT_THAT(npz.at("vertices").shape, ElementsAre(num_vertices, 3));
  EXPECT_THAT(npz.at("faces").shape, ElementsAre(num_faces, 3));
  EXPECT_EQ(Eigen::Vector3f(&npz.at("vertices").as_floats()[3 * 100]), person.bodies[0].mesh.positions[100]);
  EXPECT_EQ(npz.at("faces").as_integers()[3 * 50 + 2], person.bodies[0].mesh.triangles[50][2]);
  EXPECT_THAT(npz.at("person_id").as_integers(), ElementsAre(2));
  EXPECT_EQ(npz.at("gender").data, NpyArray::of("neutral").data);
  EXPECT_EQ(npz.at("world").data, NpyArray::of("y_up_metres").data);
}

Person smplx_to_smpl() {
  Person person = sample_reconstruction().people[0];
  SmplxPose& smplx = person.bodies[0].smplx.emplace();
  person.smplx_betas.assign(10, 0.5f);
  smplx.expression[3] = 0.25f;
  for (int j = 0; j < kSmplxJoints; ++j) smplx.pose[j] = Eigen::Vector3f(0.01f * float(j), 0, 0);
  smplx.transl = {1, 2, 3};
  return person;
}

TEST(SmplxNpz, HoldsEveryParameterUnderItsOfficialName) {
  const TemporaryFolder folder;
  write_smplx_npz(in_its_frame(smplx_to_smpl()), folder / "01.npz");
  const Npz npz = read_npz(folder / "01.npz");
  const auto first_angle = [&](const char* name) { return npz.at(name).as_floats().at(0); };
  EXPECT_FLOAT_EQ(first_angle("global_orient"), 0);
  EXPECT_FLOAT_EQ(first_angle("body_pose"), 0.01f);
  EXPECT_FLOAT_EQ(first_angle("jaw_pose"), 0.22f);
  EXPECT_FLOAT_EQ(first_angle("leye_pose"), 0.23f);
  EXPECT_FLOAT_EQ(first_angle("reye_pose"), 0.24f);
  EXPECT_FLOAT_EQ(first_angle("left_hand_pose"), 0.25f);
  EXPECT_FLOAT_EQ(first_angle("right_hand_pose"), 0.40f);
  EXPECT_THAT(npz.at("body_pose").shape, ElementsAre(63));
  EXPECT_THAT(npz.at("left_hand_pose").shape, ElementsAre(45));
  EXPECT_THAT(npz.at("right_hand_pose").shape, ElementsAre(45));
  EXPECT_THAT(npz.at("betas").shape, ElementsAre(10));
  EXPECT_FLOAT_EQ(npz.at("expression").as_floats().at(3), 0.25f);
  EXPECT_EQ(first_three(npz.at("transl")), Eigen::Vector3d(1, 2, 3));
  EXPECT_TRUE(npz.contains("vertices"));
}

// The keys that the add-on of Blender and readers of AMASS ask for.
TEST(SmplxNpz, HoldsTheSameBodyAsAnAnimationInAWorldWithZUp) {
  const TemporaryFolder folder;
  const Person person = smplx_to_smpl();
  write_smplx_npz(in_its_frame(person), folder / "01.npz");
  const Npz npz = read_npz(folder / "01.npz");
  EXPECT_THAT(npz.at("poses").shape, ElementsAre(1, 165));
  EXPECT_THAT(npz.at("trans").shape, ElementsAre(1, 3));
  EXPECT_THAT(npz.at("expressions").shape, ElementsAre(1, 10));
  EXPECT_FLOAT_EQ(npz.at("expressions").as_floats().at(3), 0.25f);
  for (const char* key : {"mocap_framerate", "mocap_frame_rate"})
    EXPECT_THAT(npz.at(key).as_doubles(), ElementsAre(30)) << key;
  const std::vector<float> poses = npz.at("poses").as_floats();
  for (int j = 1; j < kSmplxJoints; ++j)
    EXPECT_EQ(Eigen::Vector3f(&poses[3 * j]), person.bodies[0].smplx->pose[j]) << j;

  const Eigen::Vector3d trans = person.bodies[0].smplx->transl.cast<double>(),
                        J0 = person.bodies[0].joints[0].cast<double>() - trans;
  const Eigen::Vector3d ours =
      place({0, 1, 0}, J0, rotation(person.bodies[0].smplx->pose[0].cast<double>()), trans);
  const Eigen::Vector3d z_up =
      place({0, 1, 0}, J0, rotation(first_three(npz.at("poses"))), first_three(npz.at("trans")));
  EXPECT_LT((z_up - Eigen::Vector3d(ours.x(), -ours.z(), ours.y())).norm(), 1e-6);
  EXPECT_EQ(npz.at("world").data, NpyArray::of("y_up_metres").data);
  EXPECT_EQ(npz.at("animation_world").data, NpyArray::of("z_up_metres").data);
}

TEST(Npz, AllSayTheGenderOfTheBodyModel) {
  const TemporaryFolder folder;
  Person person = smplx_to_smpl();
  person.gender = "female";
  write_smpl_npz(in_its_frame(person), folder / "smpl.npz");
  write_smplh_npz(in_its_frame(person), folder / "smplh.npz");
  write_smplx_npz(in_its_frame(person), folder / "smplx.npz");
  for (const char* file : {"smpl.npz", "smplh.npz", "smplx.npz"})
    EXPECT_EQ(read_npz(folder / file).at("gender").data, NpyArray::of("female").data) << file;
}

TEST(SmplxNpz, APersonWithAnSmplBodyIsRefusedAndNamed) {
  const TemporaryFolder folder;
  EXPECT_THAT(sentence_of([&] {
                write_smplx_npz(in_its_frame(sample_reconstruction().people[0]), folder / "01.npz");
              }),
              HasSubstr("its body is SMPL's"));
}

TEST(SmplhNpz, HasTheKeysAndShapesOfAmass) {
  const TemporaryFolder folder;
  const Person person = sample_reconstruction().people[0];
  write_smplh_npz(in_its_frame(person), folder / "01_smplh.npz");
  const Npz npz = read_npz(folder / "01_smplh.npz");
  EXPECT_THAT(npz.at("poses").shape, ElementsAre(1, 156));
  EXPECT_THAT(npz.at("trans").shape, ElementsAre(1, 3));
  EXPECT_THAT(npz.at("betas").shape, ElementsAre(16));
  for (const char* key : {"poses", "trans", "betas", "mocap_framerate", "mocap_frame_rate"}) {
    EXPECT_EQ(npz.at(key).dtype, "f8") << key;
  }
  EXPECT_EQ(npz.at("mocap_framerate").data, npz.at("mocap_frame_rate").data);
  EXPECT_EQ(npz.at("gender").data, NpyArray::of("neutral").data);
  const std::vector<double> poses = npz.at("poses").as_doubles(), betas = npz.at("betas").as_doubles();
  for (int j = 1; j < 22; ++j)
    EXPECT_EQ(Eigen::Vector3d(&poses[3 * j]), person.bodies[0].pose[j].cast<double>());
  for (int i = 66; i < 156; ++i) EXPECT_EQ(poses[i], 0);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(betas[i], i < 10 ? double(person.betas[i]) : 0);
}

TEST(SmplhNpz, TheBodyIsTheSameOneInAWorldWithZUp) {
  const TemporaryFolder folder;
  RandomGeometry random(3);
  for (const Person& person : sample_reconstruction().people) {
    write_smplh_npz(in_its_frame(person), folder / "smplh.npz");
    const Npz npz = read_npz(folder / "smplh.npz");
    const Eigen::Vector3d trans = person.bodies[0].transl.cast<double>();
    const Eigen::Vector3d J0 = person.bodies[0].joints[0].cast<double>() - trans;
    const Eigen::Matrix3d R = rotation(person.bodies[0].pose[0].cast<double>());
    const Eigen::Matrix3d R_z_up = rotation(first_three(npz.at("poses")));
    const Eigen::Vector3d trans_z_up = first_three(npz.at("trans"));
    for (const Eigen::Vector3d& X : random.points(20)) {
      const Eigen::Vector3d ours = place(X, J0, R, trans), z_up = place(X, J0, R_z_up, trans_z_up);
      EXPECT_LT((z_up - Eigen::Vector3d(ours.x(), -ours.z(), ours.y())).norm(), 1e-9);
    }
  }
}

TEST(SmplhNpz, AnUnturnedBodyIsTurnedUpright) {
  const TemporaryFolder folder;
  Person person = sample_reconstruction().people[0];
  person.bodies[0].pose[0].setZero();
  write_smplh_npz(in_its_frame(person), folder / "smplh.npz");
  const Eigen::Vector3d root = first_three(read_npz(folder / "smplh.npz").at("poses"));
  EXPECT_LT((rotation(root) * Eigen::Vector3d::UnitY() - Eigen::Vector3d::UnitZ()).norm(), 1e-12);
}

TEST(SmplNpz, NumpyReadsBothFiles) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "no Python with numpy";
  const TemporaryFolder folder;
  const Person person = sample_reconstruction().people[0];
  write_smpl_npz(in_its_frame(person), folder / "01.npz");
  write_smplh_npz(in_its_frame(person), folder / "01_smplh.npz");
  write_bytes(folder / "check.py", R"(
import numpy, sys
full = numpy.load(sys.argv[1] + '/01.npz')
assert {k: full[k].shape for k in full} == {'global_orient': (3,), 'body_pose': (69,), 'betas': (10,), 'transl': (3,), 'joints': (24, 3),
    'vertices': (258, 3), 'faces': (512, 3), 'person_id': (), 'gender': (), 'world': ()}
assert str(full['world']) == 'y_up_metres' and int(full['person_id']) == 1
assert full['faces'].max() == 257 and numpy.isfinite(full['vertices']).all()
assert abs(full['vertices'][:, 1].max() - 1.7) < 1e-5
amass = numpy.load(sys.argv[1] + '/01_smplh.npz')
assert amass['poses'].shape == (1, 156) and amass['trans'].shape == (1, 3) and amass['betas'].shape == (16,)
assert str(amass['gender']) == 'neutral' and float(amass['mocap_framerate']) == float(amass['mocap_frame_rate']) == 30
)");
  const std::string command =
      "/usr/bin/python3 " + (folder / "check.py").string() + " " + folder.path().string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(SmplNpz, APersonWithoutJointsIsRefusedAndNamed) {
  const TemporaryFolder folder;
  Person person = sample_reconstruction().people[0];
  person.bodies[0].joints.clear();
  EXPECT_THAT(sentence_of([&] { write_smplh_npz(in_its_frame(person), folder / "a.npz"); }),
              HasSubstr("person_01 was not written: it has 0 joints instead of 24"));
}

TEST(SmplNpz, AShapeThatIsNotANumberIsRefusedAndNamed) {
  const TemporaryFolder folder;
  Person person = sample_reconstruction().people[0];
  person.betas[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(sentence_of([&] { write_smpl_npz(in_its_frame(person), folder / "a.npz"); }),
              HasSubstr("shape of person_01"));
  EXPECT_EQ(folder.count(), 0);
}

}  // namespace
}  // namespace ahap
