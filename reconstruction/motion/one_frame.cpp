#include "reconstruction/motion/one_frame.h"

#include "reconstruction/body/posed_vertices.h"

namespace ahap {
namespace {

TriangleMesh posed_mesh(const BodyModel& model, const Person& person, const BodyInFrame& body) {
  SmplParameters smpl;
  smpl.betas = person.betas;
  smpl.pose = body.pose;
  smpl.transl = body.transl;
  const Vertices vertices = posed_vertices(model, smpl);
  TriangleMesh mesh;
  for (Eigen::Index i = 0; i < vertices.rows(); ++i) mesh.positions.push_back(vertices.row(i).transpose());
  for (Eigen::Index f = 0; f < model.faces.rows(); ++f)
    mesh.triangles.push_back({model.faces(f, 0), model.faces(f, 1), model.faces(f, 2)});
  mesh.normals = vertex_normals(mesh.positions, mesh.triangles);
  return mesh;
}

}  // namespace

Reconstruction one_frame(const Reconstruction& range, int frame) {
  Reconstruction one;
  one.frames = {range.frames.at(frame)};
  for (const ReconstructedView& view : range.views) {
    one.views.push_back({.name = view.name,
                         .path = view.path,
                         .cameras = {view.camera(frame)},
                         .camera_estimated = view.camera_estimated});
  }
  for (const PersonInFrame& found : people_in(range, frame)) {
    Person& person = one.people.emplace_back(found.person);
    person.bodies = {found.body};
    BodyInFrame& body = person.bodies.front();
    body.frame = 0;
    if (body.mesh.positions.empty() && range.body_model)
      body.mesh = posed_mesh(*range.body_model, found.person, found.body);
  }
  one.association_method = range.association_method;
  one.scale = range.scale;
  one.up_source = range.up_source;
  one.primary_keypoint = range.primary_keypoint;
  one.partial = range.partial;
  one.timings = range.timings;
  one.messages = range.messages;
  one.program_version = range.program_version;
  one.model_name = range.model_name;
  one.body_model = range.body_model;
  if (range.frames.size() == 1) one.run = range.run;
  return one;
}

}  // namespace ahap
