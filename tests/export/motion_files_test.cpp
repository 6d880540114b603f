#include <gmock/gmock.h>

#include <cstring>
#include <map>
#include <numbers>
#include <sstream>

#include "reconstruction/export/range_exporters.h"
#include "tests/fixtures/sample_range.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_bytes;
using testing::sample_range;
using testing::sentence_of;
using testing::smpl_parameters;
using testing::TemporaryFolder;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// A reader of BVH, written from its description.
class Bvh {
 public:
  explicit Bvh(const std::string& text) : in_(text) {
    expect("HIERARCHY");
    expect("ROOT");
    read_joint(-1);
    expect("MOTION");
    expect("Frames:");
    in_ >> frames;
    expect("Frame");
    expect("Time:");
    in_ >> frame_time;
    for (double value; in_ >> value;) values_.push_back(value);
    EXPECT_EQ(values_.size(), frames * channels_);
  }
  // By joint, in the file's units.
  std::map<std::string, Eigen::Vector3d> joints(std::size_t frame) const {
    const double* value = &values_[frame * channels_];
    std::vector<Eigen::Isometry3d> world;
    std::map<std::string, Eigen::Vector3d> places;
    for (const Joint& joint : joints_) {
      Eigen::Isometry3d local = Eigen::Isometry3d::Identity();
      local.translate(joint.offset);
      for (const std::string& channel : joint.channels) {
        const Eigen::Vector3d axis = Eigen::Vector3d::Unit(channel[0] - 'X');
        if (channel.ends_with("position"))
          local.translate(*value * axis);
        else
          local.rotate(Eigen::AngleAxisd(*value * std::numbers::pi / 180, axis));
        ++value;
      }
      world.push_back(joint.parent < 0 ? local : world[joint.parent] * local);
      places[joint.name] = world.back().translation();
    }
    return places;
  }
  double angle(std::size_t frame, std::size_t channel) const { return values_[frame * channels_ + channel]; }

  std::size_t frames = 0, channels_ = 0;
  double frame_time = 0;

 private:
  struct Joint {
    int parent;
    std::string name;
    Eigen::Vector3d offset;
    std::vector<std::string> channels;
  };
  std::string next() {
    std::string word;
    in_ >> word;
    return word;
  }
  void expect(const std::string& word) { EXPECT_EQ(next(), word); }
  Eigen::Vector3d read_offset() {
    expect("OFFSET");
    Eigen::Vector3d v;
    in_ >> v.x() >> v.y() >> v.z();
    return v;
  }
  void read_joint(int parent) {
    const int own = int(joints_.size());
    joints_.push_back({parent, next(), {}, {}});
    expect("{");
    joints_[own].offset = read_offset();
    expect("CHANNELS");
    std::size_t count = 0;
    in_ >> count;
    for (std::size_t i = 0; i < count; ++i) joints_[own].channels.push_back(next());
    channels_ += count;
    for (std::string word = next(); word != "}"; word = next()) {
      if (word == "JOINT") {
        read_joint(own);
      } else {
        EXPECT_EQ(word, "End");
        expect("Site");
        expect("{");
        read_offset();
        expect("}");
      }
    }
  }

  std::istringstream in_;
  std::vector<Joint> joints_;
  std::vector<double> values_;
};

Bvh bvh_of(const Reconstruction& r, int person) {
  const TemporaryFolder folder;
  write_bvh(r, r.people[person], folder / "person.bvh");
  return Bvh(read_bytes(folder / "person.bvh"));
}

TEST(Bvh, ForwardKinematicsGivesTheJointsInCentimetres) {
  const Reconstruction r = sample_range();
  const Bvh bvh = bvh_of(r, 1);
  EXPECT_EQ(bvh.frames, 6) << "from the first body to the last one";
  EXPECT_NEAR(bvh.frame_time, 0.04, 1e-9);
  for (const BodyInFrame& body : r.people[1].bodies) {
    const auto joints = bvh.joints(body.frame - 2);
    ASSERT_EQ(joints.size(), 24);
    for (int j = 0; j < kSmplJoints; ++j)
      EXPECT_LT((joints.at(std::string(kSmplJointNames[j])) / 100 - body.joints[j].cast<double>()).norm(),
                1e-5)
          << kSmplJointNames[j];
  }
}

Eigen::Vector3f halfway(const Eigen::Vector3f& a, const Eigen::Vector3f& b) {
  const auto quaternion = [](const Eigen::Vector3f& v) {
    return Eigen::Quaternionf(Eigen::AngleAxisf(v.norm(), v.normalized()));
  };
  const Eigen::AngleAxisf half(quaternion(a).slerp(0.5f, quaternion(b)));
  return half.angle() * half.axis();
}

TEST(Bvh, AGapIsCrossedEvenly) {
  const Reconstruction r = sample_range();
  const Bvh bvh = bvh_of(r, 0);
  ASSERT_EQ(bvh.frames, 6);
  const BodyInFrame &before = r.people[0].bodies[1], &after = r.people[0].bodies[2];
  SmplParameters middle = smpl_parameters(r.people[0], before);
  middle.transl = (before.transl + after.transl) / 2;
  for (int j = 0; j < kSmplJoints; ++j) middle.pose[j] = halfway(before.pose[j], after.pose[j]);
  const auto expected = posed_joints(*r.body_model, middle);
  const auto joints = bvh.joints(2);
  for (int j = 0; j < kSmplJoints; ++j)
    EXPECT_LT((joints.at(std::string(kSmplJointNames[j])) / 100 - expected[j].cast<double>()).norm(), 1e-5);
}

TEST(Bvh, AnglesDoNotJumpWhileABodyTurnsAround) {
  const Bvh bvh = bvh_of(sample_range(), 1);
  for (std::size_t frame = 1; frame < bvh.frames; ++frame)
    for (std::size_t channel = 3; channel < bvh.channels_; ++channel)
      EXPECT_LT(std::abs(bvh.angle(frame, channel) - bvh.angle(frame - 1, channel)), 90);
}

TEST(Bvh, AFrameThatIsMissingKeepsItsTime) {
  Reconstruction r = sample_range();
  for (std::size_t f = 4; f < 8; ++f) r.frames[f].time += 0.08;  // two pictures could not be read
  const Bvh bvh = bvh_of(r, 1);
  EXPECT_EQ(bvh.frames, 8);
  EXPECT_NEAR(bvh.frame_time, 0.04, 1e-9);
  EXPECT_LT((bvh.joints(4).at("head") / 100 - r.people[1].bodies[2].joints[15].cast<double>()).norm(), 1e-5);
}

TEST(Bvh, FramesWithoutTimesFollowAtThirtyPerSecond) {
  Reconstruction r = sample_range();
  for (ReconstructedFrame& frame : r.frames) frame.time = 0;
  EXPECT_NEAR(bvh_of(r, 0).frame_time, 1 / 30.0, 1e-9);
}

TEST(Trc, HoldsTheJointsAsMarkersInMillimetres) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_range();
  write_trc(r, r.people[1], folder / "person_02.trc");
  const auto lines = split(read_bytes(folder / "person_02.trc"), '\n');
  ASSERT_EQ(lines.size(), 6 + 6 + 1);
  EXPECT_EQ(lines[0], "PathFileType\t4\t(X/Y/Z)\tperson_02.trc");
  EXPECT_EQ(split(lines[1], '\t').size(), split(lines[2], '\t').size());
  EXPECT_EQ(lines[2], "25\t25\t6\t24\tmm\t25\t3\t6");
  EXPECT_EQ(split(lines[3], '\t')[2], "pelvis");
  EXPECT_EQ(split(lines[3], '\t')[2 + 3 * 15], "head");
  EXPECT_EQ(split(lines[4], '\t')[2 + 3 * 15], "X16");
  EXPECT_EQ(lines[5], "");
  for (std::size_t row = 0; row < 6; ++row) {
    const auto cells = split(lines[6 + row], '\t');
    ASSERT_EQ(cells.size(), 2 + 3 * 24);
    EXPECT_EQ(std::stoi(cells[0]), 3 + int(row));
    EXPECT_NEAR(std::stod(cells[1]), 0.04 * double(2 + row), 1e-6);
    for (int j = 0; j < kSmplJoints; ++j)
      for (int axis = 0; axis < 3; ++axis)
        EXPECT_NEAR(std::stod(cells[2 + 3 * j + axis]), 1000 * r.people[1].bodies[row].joints[j][axis], 1e-3);
  }
}

TEST(Trc, AGapIsEmpty) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_range();
  write_trc(r, r.people[0], folder / "a.trc");
  const auto cells = split(split(read_bytes(folder / "a.trc"), '\n')[6 + 2], '\t');
  ASSERT_EQ(cells.size(), 2 + 3 * 24);
  EXPECT_EQ(cells[0], "3");
  for (std::size_t i = 2; i < cells.size(); ++i) EXPECT_EQ(cells[i], "");
}

// A reader of C3D with floating-point data, written from its description.
struct C3d {
  explicit C3d(const std::string& file) : bytes(file) {
    EXPECT_EQ(at<std::uint8_t>(0), 2) << "the parameters' block";
    EXPECT_EQ(at<std::uint8_t>(1), 0x50);
    EXPECT_EQ(bytes.size() % 512, 0);
    EXPECT_EQ(at<std::uint8_t>(512 + 3), 84) << "little endian";
    std::map<int, std::string> groups;
    for (std::size_t place = 512 + 4; at<std::int8_t>(place) != 0;) {
      const int length = at<std::int8_t>(place), group = at<std::int8_t>(place + 1);
      const std::string name = bytes.substr(place + 2, length);
      const std::size_t offset = place + 2 + length;
      if (group < 0)
        groups[-group] = name;
      else
        parameters[groups.at(group) + ":" + name] = offset + 2;
      place = offset + at<std::uint16_t>(offset);
    }
    data = 512 * (at<std::uint16_t>(16) - 1);
    EXPECT_EQ(words("POINT:DATA_START")[0], at<std::uint16_t>(16));
    EXPECT_EQ(data, 512 * (1 + at<std::uint8_t>(512 + 2)));
  }
  template <typename Value>
  Value at(std::size_t place) const {
    Value value;
    EXPECT_LE(place + sizeof value, bytes.size());
    std::memcpy(&value, bytes.data() + place, sizeof value);
    return value;
  }
  // Of a parameter: its type, the number of its elements and where they start.
  std::size_t content(const std::string& name, int type, std::size_t& count) const {
    const std::size_t place = parameters.at(name);
    EXPECT_EQ(at<std::int8_t>(place), type) << name;
    const std::size_t dimensions = at<std::uint8_t>(place + 1);
    count = 1;
    for (std::size_t i = 0; i < dimensions; ++i) count *= at<std::uint8_t>(place + 2 + i);
    return place + 2 + dimensions;
  }
  std::vector<int> words(const std::string& name) const {
    std::size_t count = 0;
    const std::size_t place = content(name, 2, count);
    std::vector<int> words;
    for (std::size_t i = 0; i < count; ++i) words.push_back(at<std::uint16_t>(place + 2 * i));
    return words;
  }
  float number(const std::string& name) const {
    std::size_t count = 0;
    return at<float>(content(name, 4, count));
  }
  std::string text(const std::string& name) const {
    std::size_t count = 0;
    const std::size_t place = content(name, -1, count);
    return bytes.substr(place, count);
  }
  Eigen::Vector4f point(int frame, int joint) const {
    Eigen::Vector4f point;
    for (int i = 0; i < 4; ++i) point[i] = at<float>(data + 4 * (4 * (24 * frame + joint) + i));
    return point;
  }

  std::string bytes;
  std::map<std::string, std::size_t> parameters;
  std::size_t data = 0;
};

TEST(C3d, HoldsTheJointsAsPointsInMillimetresWithZUp) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_range();
  write_c3d(r, r.people[0], folder / "person_01.c3d");
  const C3d c3d(read_bytes(folder / "person_01.c3d"));
  EXPECT_EQ(c3d.at<std::uint16_t>(2), 24);
  EXPECT_EQ(c3d.at<std::uint16_t>(6), 1) << "first frame";
  EXPECT_EQ(c3d.at<std::uint16_t>(8), 6) << "last frame";
  EXPECT_EQ(c3d.at<float>(12), -1) << "floating point";
  EXPECT_NEAR(c3d.at<float>(20), 25, 1e-5);
  EXPECT_THAT(c3d.words("POINT:USED"), ElementsAre(24));
  EXPECT_THAT(c3d.words("POINT:FRAMES"), ElementsAre(6));
  EXPECT_THAT(c3d.words("TRIAL:ACTUAL_START_FIELD"), ElementsAre(1, 0));
  EXPECT_THAT(c3d.words("TRIAL:ACTUAL_END_FIELD"), ElementsAre(6, 0));
  EXPECT_EQ(c3d.number("POINT:SCALE"), -1);
  EXPECT_NEAR(c3d.number("POINT:RATE"), 25, 1e-5);
  EXPECT_EQ(c3d.text("POINT:UNITS"), "mm");
  EXPECT_EQ(c3d.text("POINT:Y_SCREEN"), "+Z");
  const std::string labels = c3d.text("POINT:LABELS");
  EXPECT_EQ(labels.size(), 24 * 14) << "as wide as right_shoulder";
  EXPECT_EQ(labels.substr(14 * 15, 14), "head" + std::string(10, ' '));
  for (const BodyInFrame& body : r.people[0].bodies)
    for (int j = 0; j < kSmplJoints; ++j) {
      const Eigen::Vector3f X = 1000 * body.joints[j];
      EXPECT_LT((c3d.point(body.frame, j).head<3>() - Eigen::Vector3f(X.x(), -X.z(), X.y())).norm(), 1e-2);
    }
}

TEST(C3d, ResidualsTellWhatWasSeen) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_range();
  write_c3d(r, r.people[0], folder / "a.c3d");
  const C3d c3d(read_bytes(folder / "a.c3d"));
  std::vector<float> residuals;
  for (int frame = 0; frame < 6; ++frame) residuals.push_back(c3d.point(frame, 9)[3]);
  EXPECT_THAT(residuals, ElementsAre(12, 12, -1, 12, 0, 12));
}

TEST(JointsCsv, HasARowForEveryJointOfAPersonInAFrame) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_range();
  write_joints_csv(r, folder / "joints.csv");
  const auto lines = split(read_bytes(folder / "joints.csv"), '\n');
  ASSERT_EQ(lines.size(), 1 + 24 * (6 + 6) + 1);
  EXPECT_EQ(lines[0], "frame,time,person,joint,x,y,z,seen");
  std::map<std::string, int> seen;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const auto cells = split(lines[i], ',');
    ASSERT_EQ(cells.size(), 8);
    if (cells[2] == "1" && cells[3] == "head")
      seen[cells[0] + (cells[4].empty() ? " gap" : "")] = std::stoi(cells[7]);
    if (cells[0] != "105" || cells[2] != "2" || cells[3] != "left_wrist") continue;
    EXPECT_NEAR(std::stod(cells[1]), r.frames[5].time, 1e-6);
    for (int axis = 0; axis < 3; ++axis)
      EXPECT_NEAR(std::stod(cells[4 + axis]), r.people[1].bodies[3].joints[20][axis], 1e-6);
  }
  using ::testing::Pair;
  EXPECT_THAT(seen, ElementsAre(Pair("100", 1), Pair("101", 1), Pair("102 gap", 0), Pair("103", 1),
                                Pair("104", 0), Pair("105", 1)));
}

TEST(Motion, WhatCannotBeWrittenIsNamed) {
  const TemporaryFolder folder;
  Reconstruction r = sample_range();
  r.people[0].bodies[1].pose[3].x() = NAN;
  EXPECT_THAT(sentence_of([&] { write_bvh(r, r.people[0], folder / "a.bvh"); }),
              HasSubstr("pose of person_01"));
  r.people[1].name = "Anna";
  r.people[1].bodies[2].joints.resize(3);
  EXPECT_THAT(sentence_of([&] { write_trc(r, r.people[1], folder / "a.trc"); }),
              HasSubstr("Anna was not written: a body has 3 joints instead of 24"));
  EXPECT_EQ(folder.count(), 0);
}

}  // namespace
}  // namespace ahap
