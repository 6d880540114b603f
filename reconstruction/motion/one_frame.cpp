#include "reconstruction/motion/one_frame.h"

#include "reconstruction/body/body_mesh.h"

namespace ahap {
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
    if (!body.mesh.positions.empty() || !range.body_model) continue;
    body.mesh = mesh_of(*range.body_model, smpl_of(person, body));
    body.mesh.normals = vertex_normals(body.mesh.positions, body.mesh.triangles);
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
