#include "reconstruction/project/project_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/kept_decisions.h"
#include "tests/project/same_result.h"
#include "tests/project/sample_project.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ProjectFile : public ::testing::Test {
 protected:
  Project reopened(const Project& project) const {
    write_project(project, file_);
    return read_project(file_);
  }
  // The sentence with which a project is refused whose archive holds something else.
  template <typename Change>
  std::string refusal(Change change) const {
    write_project(sample_project(place_ / "photos"), file_);
    std::vector<ZipContent> content;
    const ZipReader archive(file_);
    for (const ZipReader::Entry& entry : archive.entries())
      content.push_back({entry.name, archive.read(entry.name)});
    change(content);
    write_zip(file_, content);
    const std::string sentence = sentence_of([&] { read_project(file_); });
    EXPECT_THAT(sentence, HasSubstr(file_.string()));
    return sentence;
  }
  std::string refusal_of_json(const std::string& text, const std::string& instead) const {
    return refusal([&](std::vector<ZipContent>& content) {
      std::string json(content[0].bytes.begin(), content[0].bytes.end());
      const std::size_t at = json.find(text);
      ASSERT_NE(at, std::string::npos) << text << " is not in\n" << json.substr(0, 3000);
      json.replace(at, text.size(), instead);
      content[0].bytes.assign(json.begin(), json.end());
    });
  }
  std::string refusal_of_array(const std::string& name, const NpyArray& instead) const {
    return refusal([&](std::vector<ZipContent>& content) {
      bool found = false;
      for (ZipContent& entry : content) {
        if (entry.name != name + ".npy") continue;
        entry.bytes = npy_bytes(instead, name);
        found = true;
      }
      ASSERT_TRUE(found) << name;
    });
  }

  const TemporaryFolder place_;
  const fs::path file_ = place_ / "party.ahap";
};

TEST_F(ProjectFile, gives_back_every_number_of_a_frame) {
  const Project project = sample_project(place_ / "photos");
  const Project again = reopened(project);
  expect_same(*again.result, *project.result);
  ASSERT_EQ(again.undo.size(), 1u);
  EXPECT_EQ(again.undo[0].what, "Rename Person 1");
  EXPECT_FALSE(again.undo[0].corrected);
  EXPECT_EQ(again.undo[0].frame, 3);
  EXPECT_EQ(again.undo[0].hidden, (std::set{2, 7}));
  expect_same(*again.undo[0].before, *project.undo[0].before);
  EXPECT_EQ(again.undo[0].before->people[0].name, "");
}

TEST_F(ProjectFile, gives_back_the_tapes_of_now_and_of_undo) {
  const Project project = sample_project(place_ / "photos");
  const Project again = reopened(project);
  EXPECT_EQ(again.tapes, project.tapes);
  EXPECT_EQ(again.undo[0].tapes, project.undo[0].tapes);
}

TEST_F(ProjectFile, opens_what_was_saved_before_there_were_tapes_locks_and_photos_left_out) {
  write_project(sample_project(place_ / "photos"), file_);
  std::vector<ZipContent> content;
  const ZipReader archive(file_);
  for (const ZipReader::Entry& entry : archive.entries()) {
    const bool later = entry.name.ends_with(".left_out.npy") || entry.name.ends_with(".locked.npy");
    if (!later) content.push_back({entry.name, archive.read(entry.name)});
  }
  EXPECT_EQ(archive.entries().size(), content.size() + 2) << "undo shares them";
  auto json = nlohmann::json::parse(content[0].bytes);
  json.erase("tapes");
  json["undo"][0].erase("tapes");
  json["undo"][0].erase("hidden_people");
  for (const char* later : {"undo/0/detections.left_out", "undo/0/detections.locked"})
    EXPECT_EQ(json["shared"].erase(later), 1u);
  for (auto& view : json["result"]["views"]) view.erase("left_out");
  const std::string text = json.dump();
  content[0].bytes.assign(text.begin(), text.end());
  write_zip(file_, content);
  const Project project = read_project(file_);
  EXPECT_TRUE(project.tapes.empty());
  EXPECT_FALSE(keeps_decisions(*project.result));
}

TEST_F(ProjectFile, refuses_hidden_people_that_nobody_can_be) {
  EXPECT_THAT(refusal_of_json("\"hidden_people\": [\n    2,", "\"hidden_people\": [\n    -2,"),
              HasSubstr("undo[0].hidden_people"));
  EXPECT_THAT(refusal_of_json("\"hidden_people\": [\n    2,", "\"hidden_people\": [\n    \"Ann\","),
              HasSubstr("undo[0].hidden_people"));
  EXPECT_THAT(refusal_of_json("\"hidden_people\": [\n    2,", "\"hidden_people\": [\n    1e300,"),
              HasSubstr("undo[0].hidden_people"));
}

TEST_F(ProjectFile, refuses_tapes_that_are_none) {
  EXPECT_THAT(refusal_of_json("left_wrist", "left_tail"), HasSubstr("SMPL's joints"));
  EXPECT_THAT(refusal_of_json("\"vertex\": 7", "\"vertex\": -7"), HasSubstr("tapes[1].from.vertex"));
  EXPECT_THAT(refusal_of_json("\"vertex\": 7", "\"vertex\": \"7\""), HasSubstr("tapes[1].from.vertex"));
  EXPECT_THAT(refusal_of_json("-2.0", "-2e20"), HasSubstr("tapes[0].to.point"));
  EXPECT_THAT(refusal_of_json("\"person\": 2", "\"person\": 0"), HasSubstr("tapes[0].from.person"));
}

TEST_F(ProjectFile, gives_back_every_number_of_a_range_whose_frames_share_their_points) {
  Project project = sample_project(place_ / "photos");
  project.undo.clear();
  project.result = std::make_shared<Reconstruction>(sample_range());
  const Project again = reopened(project);
  expect_same(*again.result, *project.result);
  EXPECT_EQ(again.result->frames[0].points, again.result->frames[7].points) << "kept once";
  EXPECT_EQ(again.result->body_model->posedirs, project.result->body_model->posedirs);
}

TEST_F(ProjectFile, keeps_a_body_that_the_program_does_not_make_itself) {
  Project project = sample_project(place_ / "photos");
  project.undo.clear();
  auto range = std::make_shared<Reconstruction>(sample_range());
  auto body = std::make_shared<BodyModel>(*range->body_model);
  body->name = "somebody's";
  body->gender = "female";
  body->v_template(5, 1) += 0.25f;
  range->body_model = body;
  project.result = range;
  const auto read = reopened(project).result->body_model;
  EXPECT_EQ(read->name, body->name);
  EXPECT_EQ(read->gender, body->gender);
  EXPECT_EQ(read->v_template, body->v_template);
  EXPECT_EQ(read->shapedirs, body->shapedirs);
  EXPECT_EQ(read->posedirs, body->posedirs);
  EXPECT_EQ(read->J_regressor, body->J_regressor);
  EXPECT_EQ(read->weights, body->weights);
  EXPECT_EQ(read->parents, body->parents);
  EXPECT_EQ(read->faces, body->faces);
}

TEST_F(ProjectFile, gives_back_capture_options_and_view) {
  Project project = sample_project(place_ / "photos");
  CaptureCamera sequence, video;
  sequence.name = "walk";
  sequence.kind = CameraKind::image_sequence;
  sequence.frame_count = 3;
  sequence.paths = {place_ / "walk/1.jpg", {}, place_ / "walk/\xff.jpg"};
  video.name = "v.mp4";
  video.kind = CameraKind::video;
  video.frame_count = 90;
  video.fps = 29.97;
  video.frame_offset = -4;
  video.paths = {place_ / "v.mp4"};
  project.capture.cameras.push_back(sequence);
  project.capture.cameras.push_back(video);
  const Project again = reopened(project);
  ASSERT_EQ(again.capture.cameras.size(), 7u);
  for (std::size_t i = 0; i < 7; ++i) {
    const CaptureCamera &a = again.capture.cameras[i], &b = project.capture.cameras[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.paths, b.paths);
    EXPECT_EQ(a.frame_count, b.frame_count);
    EXPECT_EQ(a.fps, b.fps);
    EXPECT_EQ(a.frame_offset, b.frame_offset);
  }
  EXPECT_EQ(again.sources.at(place_ / "photos/zero.jpg").mark,
            project.sources.at(place_ / "photos/zero.jpg").mark);
  EXPECT_EQ(again.sources.at(place_ / "photos/zero.jpg").relative, "photos/zero.jpg");
  EXPECT_FALSE(again.sources.at(place_ / "v.mp4").mark) << "it was missing";
  EXPECT_EQ(again.name, "party");
  EXPECT_EQ(again.frame, 3);
  EXPECT_EQ(again.range, project.range);
  EXPECT_TRUE(again.corrected);
  EXPECT_EQ(again.options, project.options);
  EXPECT_EQ(again.view, project.view);
  EXPECT_EQ(again.thumbnail.width, 16);
  EXPECT_EQ(again.thumbnail.rgb, project.thumbnail.rgb);
  EXPECT_EQ(again.saved_as, project.saved_as);
}

TEST_F(ProjectFile, may_hold_a_capture_that_is_not_reconstructed_yet) {
  Project project = sample_project(place_ / "photos");
  project.result.reset();
  project.undo.clear();
  EXPECT_EQ(reopened(project).result, nullptr);
  const ProjectSummary summary = read_project_summary(file_);
  EXPECT_EQ(summary.cameras, 5);
  EXPECT_EQ(summary.frames, 0);
}

TEST_F(ProjectFile, is_summarised_without_its_result) {
  write_project(sample_project(place_ / "photos"), file_);
  const ProjectSummary summary = read_project_summary(file_);
  EXPECT_EQ(summary.name, "party");
  EXPECT_EQ(summary.cameras, 5);
  EXPECT_EQ(summary.frames, 1);
  EXPECT_EQ(summary.people, 2);
  EXPECT_EQ(summary.thumbnail.height, 9);
}

TEST_F(ProjectFile, keeps_what_two_results_have_in_common_once) {
  Project project = sample_project(place_ / "photos");
  write_project(project, file_);
  const auto with_undo = fs::file_size(file_);
  project.undo.clear();
  write_project(project, file_);
  EXPECT_LT(with_undo, fs::file_size(file_) + 8000);
}

TEST_F(ProjectFile, of_version_1_is_read_for_ever) {
  const Project old = read_project(AHAP_TEST_DATA "/projects/version1.ahap");
  EXPECT_EQ(old.name, "party");
  ASSERT_EQ(old.capture.cameras.size(), 5u);
  Reconstruction expected = full_sample();
  ASSERT_EQ(old.result->people.size(), 2u);
  for (int p : {0, 1}) expect_same(old.result->people[p], expected.people[p]);
  EXPECT_EQ(old.result->frames[0].points->positions, expected.frames[0].points->positions);
  EXPECT_EQ(old.undo.at(0).before->people[0].name, "");
}

TEST_F(ProjectFile, of_a_newer_version_says_so) {
  EXPECT_THAT(refusal_of_json("\"version\": 1", "\"version\": 2"),
              AllOf(HasSubstr("newer AHAP Studio"), HasSubstr(AHAP_VERSION)));
}

TEST_F(ProjectFile, leaves_the_one_before_whole_when_the_disk_is_full) {
  const Project project = sample_project(place_ / "photos");
  write_project(project, file_);
  const std::string before = read_bytes(file_);
  rlimit limit{}, small{};
  getrlimit(RLIMIT_FSIZE, &limit);
  small = {4096, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string sentence = sentence_of([&] { write_project(project, file_); });
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(sentence, HasSubstr("cannot write " + file_.string()));
  EXPECT_EQ(read_bytes(file_), before);
  EXPECT_EQ(place_.count(), 2u) << "the photos, the project, and nothing half";
}

TEST_F(ProjectFile, is_not_written_from_a_result_that_could_not_be_read) {
  Project project = sample_project(place_ / "photos");
  auto wrong = std::make_shared<Reconstruction>(*project.result);
  wrong->frames[0].detections[2].view = 77;
  project.result = wrong;
  EXPECT_THAT(sentence_of([&] { write_project(project, file_); }), HasSubstr("a view that is not there"));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(ProjectFile, that_is_something_else_is_refused) {
  EXPECT_THAT(sentence_of([&] { read_project(file_); }), HasSubstr(file_.string()));
  write_bytes(file_, "");
  EXPECT_THAT(sentence_of([&] { read_project(file_); }), HasSubstr("it is empty"));
  write_bytes(file_, "not a zip");
  EXPECT_THAT(sentence_of([&] { read_project(file_); }), HasSubstr("not a zip archive"));
  write_npz({{"a", NpyArray::of(std::vector<float>{1}, {1})}}, file_);
  EXPECT_THAT(sentence_of([&] { read_project(file_); }), HasSubstr("is no project of AHAP Studio"));
  EXPECT_THAT(refusal_of_json("AHAP Studio project", "holiday"), HasSubstr("is no project"));
}

TEST_F(ProjectFile, that_is_cut_off_is_refused) {
  write_project(sample_project(place_ / "photos"), file_);
  const std::string whole = read_bytes(file_);
  for (const double share : {0.1, 0.5, 0.9, 0.999}) {
    write_bytes(file_, whole.substr(0, std::size_t(share * double(whole.size()))));
    EXPECT_THAT(sentence_of([&] { read_project(file_); }), HasSubstr(file_.string())) << share;
  }
}

TEST_F(ProjectFile, with_a_changed_byte_is_refused_or_says_the_same) {
  const Project project = sample_project(place_ / "photos");
  write_project(project, file_);
  std::string bytes = read_bytes(file_);
  bytes[bytes.size() / 2] ^= 1;
  write_bytes(file_, bytes);
  EXPECT_THAT(sentence_of([&] { read_project(file_); }), HasSubstr(file_.string()));
}

TEST_F(ProjectFile, with_absurd_json_says_where) {
  EXPECT_THAT(refusal_of_json("\"frame\": 3", "\"frame\": -1"), HasSubstr("frame should be"));
  EXPECT_THAT(refusal_of_json("\"cameras\": 1", "\"cameras\": 2000000000"), HasSubstr("cameras"));
  EXPECT_THAT(refusal_of_json("\"kind\": \"image\"", "\"kind\": \"hologram\""), HasSubstr("cameras[0].kind"));
  EXPECT_THAT(refusal_of_json("\"people_and_floor\"", "\"the moon\""), HasSubstr("result.up_source"));
  EXPECT_THAT(refusal_of_json("\"range\": [", "\"range\": [7.5, "), HasSubstr("range"));
  EXPECT_THAT(refusal_of_json("\"sources\": [", "\"sources\": {\"a\":["), HasSubstr("no valid JSON"));
  EXPECT_THAT(refusal_of_json("\"absolute\": \"/", "\"absolute\": \""), HasSubstr("sources[0].absolute"));
}

TEST_F(ProjectFile, with_absurd_arrays_says_which) {
  using Integers = std::vector<std::int64_t>;
  EXPECT_THAT(refusal([](auto& content) {
                std::erase_if(content,
                              [](const auto& entry) { return entry.name.ends_with("/bodies.pose.npy"); });
              }),
              HasSubstr("bodies.pose"));
  EXPECT_THAT(refusal_of_array("result/bodies.pose", NpyArray::of(std::vector<float>(3), {1, 3})),
              HasSubstr("the array bodies.pose is not of the type or size"));
  EXPECT_THAT(refusal_of_array("result/frames.detections", NpyArray::of(Integers{INT64_MAX}, {1})),
              HasSubstr("as many detections"));
  EXPECT_THAT(refusal_of_array("result/frames.cloud", NpyArray::of(Integers{-1}, {1})),
              HasSubstr("frames.cloud names a point cloud"));
  EXPECT_THAT(refusal_of_array("result/bodies.joints.size", NpyArray::of(Integers{48, INT64_MIN}, {2})),
              HasSubstr("bodies.joints.size does not fit"));
  EXPECT_THAT(refusal_of_array("result/bodies.triangulated", NpyArray{"b1", {2}, {1, 2}}),
              HasSubstr("something else than true and false"));
  NpyArray views{"i4", {9}, std::vector<std::uint8_t>(36, 0xff)};
  EXPECT_THAT(refusal_of_array("result/detections.view", views), HasSubstr("names a view that is not there"));
  EXPECT_THAT(refusal_of_array("thumbnail", NpyArray::of(Integers{1}, {1})), HasSubstr("thumbnail"));
}

}  // namespace
}  // namespace ahap
