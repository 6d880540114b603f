#include "renderer/mesh_painter.h"

namespace ahap {

namespace {

constexpr float kHiddenOpacity = 0.25f;

}  // namespace

MeshPainter::MeshPainter()
    : shaded_program_("mesh.vert", "mesh.frag"),
      outline_program_("mesh_outline.vert", "flat.frag"),
      ids_program_("mesh.vert", "id.frag") {}

void MeshPainter::upload(const std::vector<const TriangleMesh*>& meshes) {
  meshes_.clear();
  for (const TriangleMesh* mesh : meshes) {
    GpuMesh& gpu = meshes_.emplace_back();
    gpu.positions.upload(mesh->positions);
    gpu.normals.upload(mesh->normals.size() == mesh->positions.size()
                           ? mesh->normals
                           : vertex_normals(mesh->positions, mesh->triangles));
    gpu.indices.upload(mesh->triangles);
    gpu.index_count = int(3 * mesh->triangles.size());
    gpu.vertices.attach(gpu.positions, {.location = 0});
    gpu.vertices.attach(gpu.normals, {.location = 1});
    gpu.vertices.attach_indices(gpu.indices);
  }
}

void MeshPainter::draw_elements(std::size_t mesh) const {
  meshes_[mesh].vertices.bind();
  glDrawElements(GL_TRIANGLES, meshes_[mesh].index_count, GL_UNSIGNED_INT, nullptr);
  glBindVertexArray(0);
}

// Marks the mesh's silhouette in the stencil buffer, then draws a larger one around it.
void MeshPainter::draw_outline(std::size_t mesh, const ViewTransform& view, const MeshStyle& style) const {
  outline_program_.use();
  outline_program_.set("ndc_from_world", view.ndc_from_world());
  outline_program_.set("target_size", view.size);
  outline_program_.set("color", Eigen::Vector4f(gl::color_vector(style.outline_color).homogeneous()));
  glDisable(GL_DEPTH_TEST);
  glClear(GL_STENCIL_BUFFER_BIT);
  glEnable(GL_STENCIL_TEST);
  glStencilFunc(GL_ALWAYS, 1, 0xff);
  glStencilOp(GL_KEEP, GL_KEEP, GL_REPLACE);
  glColorMask(GL_FALSE, GL_FALSE, GL_FALSE, GL_FALSE);
  outline_program_.set("width", 0.0f);
  draw_elements(mesh);
  glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
  glStencilFunc(GL_EQUAL, 0, 0xff);
  glStencilOp(GL_KEEP, GL_KEEP, GL_KEEP);
  outline_program_.set("width", style.outline);
  draw_elements(mesh);
  glDisable(GL_STENCIL_TEST);
  glEnable(GL_DEPTH_TEST);
}

// What stands behind other things, once a pixel.
void MeshPainter::draw_hidden(std::size_t mesh) const {
  glEnable(GL_STENCIL_TEST);
  glStencilFunc(GL_EQUAL, 1, 0xff);
  glStencilOp(GL_KEEP, GL_KEEP, GL_ZERO);
  glDepthFunc(GL_GREATER);
  glDepthMask(GL_FALSE);
  glEnable(GL_CULL_FACE);
  glCullFace(GL_BACK);
  glEnable(GL_BLEND);
  draw_elements(mesh);
  glDisable(GL_BLEND);
  glDisable(GL_CULL_FACE);
  glDepthMask(GL_TRUE);
  glDepthFunc(GL_LESS);
  glDisable(GL_STENCIL_TEST);
}

void MeshPainter::shade(const ViewTransform& view, const MeshStyle& style, float opacity) const {
  shaded_program_.use();
  shaded_program_.set("ndc_from_world", view.ndc_from_world());
  shaded_program_.set("eye", view.eye());
  const Eigen::Matrix3f axes = view.camera_from_world.linear().transpose();
  shaded_program_.set("camera_right", Eigen::Vector3f(axes.col(0)));
  shaded_program_.set("camera_up", Eigen::Vector3f(-axes.col(1)));
  shaded_program_.set("albedo", gl::color_vector(style.color));
  shaded_program_.set("glow", style.glow);
  shaded_program_.set("opacity", opacity);
}

void MeshPainter::draw(std::size_t mesh, const ViewTransform& view, const MeshStyle& style) const {
  if (style.outline > 0) {
    draw_outline(mesh, view, style);
    shade(view, style, kHiddenOpacity);
    draw_hidden(mesh);
  }
  shade(view, style, style.opacity);
  if (style.opacity >= 1) {
    draw_elements(mesh);
    return;
  }
  glColorMask(GL_FALSE, GL_FALSE, GL_FALSE, GL_FALSE);
  draw_elements(mesh);
  glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
  glDepthFunc(GL_EQUAL);
  glEnable(GL_BLEND);
  draw_elements(mesh);
  glDisable(GL_BLEND);
  glDepthFunc(GL_LESS);
}

void MeshPainter::draw_ids(std::size_t mesh, const ViewTransform& view, std::uint32_t id) const {
  ids_program_.use();
  ids_program_.set("ndc_from_world", view.ndc_from_world());
  ids_program_.set("mesh_id", id);
  draw_elements(mesh);
}

}  // namespace ahap
