#pragma once

#include <cstdint>
#include <vector>

#include "reconstruction/mesh.h"
#include "renderer/gl.h"
#include "renderer/view_transform.h"

namespace ahap {

struct MeshStyle {
  Color color{200, 200, 200};
  float opacity = 1;
  float outline = 0;  // pixels, through everything in front, behind which the mesh is seen faintly; 0: none
  Color outline_color{255, 255, 255};
  float glow = 0;  // 0..1, brightens towards white: hovering
};

// One shaded mesh: a key light and a fill light that travel with the camera, sky and ground light, a rim.
// Many meshes share one MeshPainter, which holds the programs.
class MeshPainter {
 public:
  MeshPainter();

  // Replaces all meshes; normals are computed where a mesh has none.
  void upload(const std::vector<const TriangleMesh*>& meshes);
  // Only nearest surfaces blend when opacity < 1, so that nothing inside shines through. An outlined mesh
  // comes last: its outline and what is hidden of it are drawn over everything in front. Needs a stencil
  // buffer then.
  void draw(std::size_t mesh, const ViewTransform& view, const MeshStyle& style) const;
  void draw_ids(std::size_t mesh, const ViewTransform& view, std::uint32_t id) const;

  std::size_t size() const { return meshes_.size(); }

 private:
  struct GpuMesh {
    gl::Buffer positions, normals, indices;
    gl::VertexArray vertices;
    int index_count = 0;
  };
  void draw_elements(std::size_t mesh) const;
  void draw_outline(std::size_t mesh, const ViewTransform& view, const MeshStyle& style) const;
  void draw_hidden(std::size_t mesh) const;
  void shade(const ViewTransform& view, const MeshStyle& style, float opacity) const;

  gl::Program shaded_program_;
  gl::Program outline_program_;
  gl::Program ids_program_;
  std::vector<GpuMesh> meshes_;
};

}  // namespace ahap
