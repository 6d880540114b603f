#pragma once

#include "reconstruction/corrections.h"
#include "reconstruction/project/project.h"
#include "reconstruction/project/sources.h"
#include "tests/fixtures/sample_range.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap::testing {

// The sample with everything that a result of one frame may have: a name, a runner-up, an SMPL-X body.
inline Reconstruction full_sample() {
  Reconstruction r = sample_reconstruction();
  r.people[0].name = "Ann \xE2\x80\x93 \xff";  // a file's name need not be UTF-8, and goes into messages
  r.messages.push_back("C:\\x41 is damaged");
  r.frames[0].number = 3;
  r.frames[0].time = 0.1;
  r.frames[0].runner_up = {.person_ids = {1, 2, 0, 1, 2, 1, 2, 1, 0}, .margin = 1.0 / 3};
  r.frames[0].detections[2].left_out = r.frames[0].detections[5].locked = r.views[3].left_out = true;
  r.people[1].smplx_betas = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  BodyInFrame& body = r.people[1].bodies[0];
  body.smplx.emplace().transl = {0.1f, 0.2f, 0.3f};
  body.smplx->pose.fill({0.25f, -1, 0});
  body.smplx->expression[9] = 0.7f;
  body.position_sigma = 0.012;
  body.foot_contact = {false, true};
  return r;
}

// Five photos in `folder`, written there, and the sample made of them.
inline Project sample_project(const std::filesystem::path& folder) {
  Project project;
  project.name = "party";
  auto result = std::make_shared<Reconstruction>(full_sample());
  std::filesystem::create_directories(folder);
  for (ReconstructedView& view : result->views) {
    const std::filesystem::path file = folder / view.name;
    write_bytes(file, "the photo " + view.name + std::string(40000, '.'));
    view.path = file.string();
    project.capture.cameras.push_back({.name = view.name, .paths = {file}});
    project.sources[file].mark = mark_of_source(file);
  }
  project.frame = 3;
  project.range = {{2, 9, 3}};
  project.corrected = true;
  const TapeEnd wrist{.kind = TapeEnd::Kind::joint, .person_id = 2, .index = 20};
  project.tapes = {{wrist, {.place = {0.1f, -2, 1.0f / 3}}},
                   {{.kind = TapeEnd::Kind::vertex, .person_id = 1, .index = 7}, wrist}};
  project.undo.push_back({.what = "Rename Person 1",
                          .before = with_name(*result, 1, ""),
                          .frame = 3,
                          .tapes = {project.tapes[1]},
                          .hidden = {2, 7}});
  project.options["threshold"] = 0.25;
  project.view["points"] = false;
  project.thumbnail = Image(16, 9);
  project.thumbnail.rgb[5] = 200;
  project.saved_as = "/home/ann/party.ahap";
  project.result = std::move(result);
  return project;
}

}  // namespace ahap::testing
