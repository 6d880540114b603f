#include "reconstruction/body/body_mesh.h"

#include "reconstruction/body/posed_vertices.h"

namespace ahap {

SmplParameters smpl_of(const Person& person, const BodyInFrame& body) {
  SmplParameters smpl;
  smpl.betas = person.betas;
  smpl.pose = body.pose;
  smpl.transl = body.transl;
  return smpl;
}

std::vector<Triangle> triangles_of(const BodyModel& body) {
  std::vector<Triangle> triangles;
  for (Eigen::Index f = 0; f < body.faces.rows(); ++f)
    triangles.push_back({body.faces(f, 0), body.faces(f, 1), body.faces(f, 2)});
  return triangles;
}

TriangleMesh mesh_of(const BodyModel& body, const SmplParameters& parameters) {
  const Vertices vertices = posed_vertices(body, parameters);
  TriangleMesh mesh;
  for (Eigen::Index v = 0; v < vertices.rows(); ++v) mesh.positions.push_back(vertices.row(v).transpose());
  mesh.triangles = triangles_of(body);
  return mesh;
}

}  // namespace ahap
