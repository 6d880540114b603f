#pragma once

#include <gtest/gtest.h>

#include "reconstruction/reconstruction.h"

namespace ahap::testing {

// Every field of two results but `run`, number by number.

inline void expect_same(const Camera& a, const Camera& b) {
  EXPECT_EQ(a.K, b.K);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.world_from_camera.matrix(), b.world_from_camera.matrix());
}

inline void expect_same(const ReconstructedView& a, const ReconstructedView& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.camera_estimated, b.camera_estimated);
  EXPECT_EQ(a.left_out, b.left_out);
  EXPECT_EQ(a.time_offset.source, b.time_offset.source);
  EXPECT_EQ(a.time_offset.seconds, b.time_offset.seconds);
  EXPECT_EQ(a.time_offset.drift, b.time_offset.drift);
  EXPECT_EQ(a.time_offset.sigma, b.time_offset.sigma);
  ASSERT_EQ(a.cameras.size(), b.cameras.size());
  for (std::size_t i = 0; i < a.cameras.size(); ++i) expect_same(a.cameras[i], b.cameras[i]);
}

inline void expect_same(const Detection& a, const Detection& b) {
  EXPECT_EQ(a.view, b.view);
  EXPECT_EQ(a.person_id, b.person_id);
  EXPECT_EQ(a.score, b.score);
  EXPECT_EQ(a.keypoint, b.keypoint);
  EXPECT_EQ(a.box.x0, b.box.x0);
  EXPECT_EQ(a.box.y0, b.box.y0);
  EXPECT_EQ(a.box.x1, b.box.x1);
  EXPECT_EQ(a.box.y1, b.box.y1);
  EXPECT_EQ(a.keypoint_depth, b.keypoint_depth);
  EXPECT_EQ(a.joints2d, b.joints2d);
  EXPECT_EQ(a.left_out, b.left_out);
  EXPECT_EQ(a.locked, b.locked);
}

inline void expect_same(const ReconstructedFrame& a, const ReconstructedFrame& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.time, b.time);
  ASSERT_EQ(a.pictures.size(), b.pictures.size());
  for (std::size_t i = 0; i < a.pictures.size(); ++i) {
    EXPECT_EQ(a.pictures[i].width, b.pictures[i].width);
    EXPECT_EQ(a.pictures[i].height, b.pictures[i].height);
    EXPECT_EQ(a.pictures[i].rgb, b.pictures[i].rgb);
  }
  EXPECT_EQ(a.points->positions, b.points->positions);
  EXPECT_EQ(a.points->colors, b.points->colors);
  EXPECT_EQ(a.points->confidence, b.points->confidence);
  EXPECT_EQ(a.points->view, b.points->view);
  EXPECT_EQ(a.points->person, b.points->person);
  ASSERT_EQ(a.detections.size(), b.detections.size());
  for (std::size_t i = 0; i < a.detections.size(); ++i) expect_same(a.detections[i], b.detections[i]);
  EXPECT_EQ(a.association.person_ids, b.association.person_ids);
  EXPECT_EQ(a.association.weight, b.association.weight);
  EXPECT_EQ(a.runner_up.person_ids, b.runner_up.person_ids);
  EXPECT_EQ(a.runner_up.margin, b.runner_up.margin);
}

inline void expect_same(const BodyInFrame& a, const BodyInFrame& b) {
  EXPECT_EQ(a.frame, b.frame);
  EXPECT_EQ(a.pose, b.pose);
  EXPECT_EQ(a.transl, b.transl);
  ASSERT_EQ(a.smplx.has_value(), b.smplx.has_value());
  if (a.smplx) {
    EXPECT_EQ(a.smplx->expression, b.smplx->expression);
    EXPECT_EQ(a.smplx->pose, b.smplx->pose);
    EXPECT_EQ(a.smplx->transl, b.smplx->transl);
  }
  EXPECT_EQ(a.mesh.positions, b.mesh.positions);
  EXPECT_EQ(a.mesh.normals, b.mesh.normals);
  EXPECT_EQ(a.mesh.triangles, b.mesh.triangles);
  EXPECT_EQ(a.joints, b.joints);
  EXPECT_EQ(a.reference_view, b.reference_view);
  EXPECT_EQ(a.triangulated, b.triangulated);
  EXPECT_EQ(a.triangulation_residual, b.triangulation_residual);
  EXPECT_EQ(a.position_sigma, b.position_sigma);
  EXPECT_EQ(a.foot_contact, b.foot_contact);
  EXPECT_EQ(a.detections, b.detections);
}

inline void expect_same(const Person& a, const Person& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.gender, b.gender);
  EXPECT_EQ(a.betas, b.betas);
  EXPECT_EQ(a.smplx_betas, b.smplx_betas);
  EXPECT_EQ(a.height, b.height);
  ASSERT_EQ(a.bodies.size(), b.bodies.size());
  for (std::size_t i = 0; i < a.bodies.size(); ++i) expect_same(a.bodies[i], b.bodies[i]);
}

inline void expect_same(const Reconstruction& a, const Reconstruction& b) {
  ASSERT_EQ(a.views.size(), b.views.size());
  for (std::size_t i = 0; i < a.views.size(); ++i) expect_same(a.views[i], b.views[i]);
  ASSERT_EQ(a.frames.size(), b.frames.size());
  for (std::size_t i = 0; i < a.frames.size(); ++i) expect_same(a.frames[i], b.frames[i]);
  ASSERT_EQ(a.people.size(), b.people.size());
  for (std::size_t i = 0; i < a.people.size(); ++i) expect_same(a.people[i], b.people[i]);
  EXPECT_EQ(a.association_method, b.association_method);
  EXPECT_EQ(a.scale, b.scale);
  EXPECT_EQ(a.up_source, b.up_source);
  EXPECT_EQ(a.primary_keypoint, b.primary_keypoint);
  EXPECT_EQ(a.partial, b.partial);
  ASSERT_EQ(a.timings.size(), b.timings.size());
  for (std::size_t i = 0; i < a.timings.size(); ++i) {
    EXPECT_EQ(a.timings[i].stage, b.timings[i].stage);
    EXPECT_EQ(a.timings[i].seconds, b.timings[i].seconds);
  }
  EXPECT_EQ(a.messages, b.messages);
  EXPECT_EQ(a.program_version, b.program_version);
  EXPECT_EQ(a.model_name, b.model_name);
  EXPECT_EQ(a.body_model == nullptr, b.body_model == nullptr);
}

}  // namespace ahap::testing
