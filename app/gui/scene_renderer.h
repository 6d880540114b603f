#pragma once

#include <map>
#include <memory>
#include <optional>

#include "app/gui/motion_renderer.h"
#include "app/gui/view_state.h"
#include "reconstruction/reconstruction.h"
#include "renderer/grid_painter.h"
#include "renderer/image_painter.h"
#include "renderer/line_painter.h"
#include "renderer/mesh_painter.h"
#include "renderer/point_painter.h"

namespace ahap {

// Pixels that no point exceeds, times the pixel scale.
constexpr float kLargestPoint = 48;

// Colors of a depth map: near is warm, far is cold. place: 0 nearest .. 1 farthest.
Color depth_color(float place);
// Blue (uncertain) through grey to yellow (certain): readable for colour-blind eyes. confidence: 0..1.
Color confidence_color(float confidence);

// What an id drawn for picking stands for.
struct Picked {
  enum class Kind : std::uint32_t { nothing, point, person, view };
  Kind kind = Kind::nothing;
  int index = 0;  // of the point or view; the person's id

  std::uint32_t id() const { return std::uint32_t(kind) << 28 | std::uint32_t(index); }
  static Picked from_id(std::uint32_t id) { return {Kind(id >> 28), int(id & 0x0fffffff)}; }
};

// A frame of a Reconstruction and how it is to be shown, as what the painters take.
class SceneRenderer {
 public:
  // Uploads one frame, an index into the reconstruction's frames. Needs a current context.
  void show(std::shared_ptr<const Reconstruction> reconstruction, int frame);
  void show_nothing();
  // The range that the frame is from, and its index there (-1: it is not in it), for what is seen of other
  // frames.
  void show_motion(std::shared_ptr<const Reconstruction> range, int frame) {
    motion_.show(std::move(range), frame);
  }
  // Of each view, for those whose frame holds no picture itself; null: there is none. They must stay until
  // the next call.
  void use_pictures(std::vector<const gl::Texture*> pictures) { borrowed_pictures_ = std::move(pictures); }

  // coarse: fewer and larger points, while the view moves.
  enum class Detail { full, coarse };
  // pixel_scale: of line widths and point sizes, above 1 on dense screens.
  void draw(const ViewTransform& view, const ViewState& state, float pixel_scale);
  // Its two parts: the points over the picture of the camera that is being looked through, which fades in
  // (arrived: 0..1), and everything else. The first draws the same for the same view and version.
  void draw_points(const ViewTransform& view, const ViewState& state, float pixel_scale,
                   Detail detail = Detail::full, float arrived = 1);
  std::uint64_t points_version(const ViewState& state, float pixel_scale, Detail detail, float arrived);
  void draw_things(const ViewTransform& view, const ViewState& state, float pixel_scale);
  // One picture with the bodies over it, as `view` (standing at that picture's camera) sees it; `sharp`: from
  // all of its pixels, and with what covers it.
  void draw_picture(int index, const ViewTransform& view, const ViewState& state, float pixel_scale,
                    bool sharp);
  // Metres from the camera in which most points of the picture lie that was covered last; nothing where it
  // gave none.
  const std::optional<std::pair<float, float>>& cover_range() const { return cover_range_; }
  // All pixels that there are of a view's picture. Null: there is none.
  const gl::Texture* full_picture(int view);
  // Without the points when only things are asked for.
  void draw_ids(const ViewTransform& view, const ViewState& state, float pixel_scale, bool with_points);

  // Where most of the points, the people and the cameras are.
  const Eigen::AlignedBox3f& bounds() const { return bounds_; }
  // What one wants to look at: the people and the cameras; the points where there is neither.
  const std::vector<Eigen::Vector3f>& stage() const { return stage_; }
  std::optional<Eigen::AlignedBox3f> person_bounds(int person_id) const;
  // Which way the surface under each point of the cloud faces (surfels_of).
  const std::vector<Eigen::Vector3f>& facing() const { return facing_; }

 private:
  void upload_points();
  struct PointColoring {
    PointColors by;
    std::vector<int> shaded_by;  // ids of people whose shadows lie on the points
    bool operator==(const PointColoring&) const = default;
  };
  PointColoring coloring(const ViewState& state) const;
  void color_points(const ViewState& state);
  std::vector<PointStyle> point_styles(const ViewState& state, float pixel_scale, Detail detail) const;
  // Index into people_; nothing where the selected person is not shown.
  std::optional<std::size_t> selected_body(const ViewState& state) const;
  std::optional<std::pair<float, float>> depth_range(int view) const;
  void draw_cover(int index, const ViewTransform& view, PhotoCover cover);
  void draw_body(std::size_t i, const ViewTransform& view, const ViewState& state, float opacity,
                 float pixel_scale);
  void draw_bodies(const ViewTransform& view, const ViewState& state, float opacity, float pixel_scale);
  void draw_cameras(const ViewTransform& view, const ViewState& state, float pixel_scale);
  void draw_skeletons(const ViewTransform& view, const ViewState& state, float pixel_scale);
  void draw_rays(const ViewTransform& view, const ViewState& state, float pixel_scale);
  // Null: there is none.
  const gl::Texture* picture(int view) const;

  const ReconstructedFrame& seen() const { return shown_->frames[frame_]; }
  const Camera& camera(int view) const { return shown_->views[view].camera(frame_); }

  static std::shared_ptr<const Reconstruction> nothing();

  std::shared_ptr<const Reconstruction> shown_ = nothing();
  int frame_ = 0;
  std::vector<PersonInFrame> people_;  // of the frame shown
  Eigen::AlignedBox3f bounds_;
  std::vector<Eigen::Vector3f> stage_;
  std::shared_ptr<const PointCloud> cloud_;  // that is uploaded
  Eigen::AlignedBox3f cloud_bounds_;
  PointPainter points_;
  std::vector<std::uint32_t> point_order_;  // those of the scene first, then those on people; else at random
  std::vector<Eigen::Vector3f> facing_;     // in the order of the cloud
  std::vector<float> diameters_;            // likewise
  int scene_points_ = 0;
  MeshPainter bodies_;
  MotionRenderer motion_;
  ImagePainter pictures_;
  LinePainter camera_lines_, skeleton_lines_, ray_lines_;
  GridPainter grid_;
  std::vector<gl::Texture> thumbnails_;  // of the frame's own pictures
  std::vector<const gl::Texture*> borrowed_pictures_;
  std::optional<PointColoring> points_colored_;
  struct PointsLook {
    PointColoring coloring;
    bool points, through;
    std::vector<PointStyle> styles;
    int look_through;
    float backdrop_opacity, arrived;
    bool operator==(const PointsLook&) const = default;
  };
  std::optional<PointsLook> points_look_;  // of points_version_; nothing: another frame has come since
  std::uint64_t points_version_ = 0;
  PointPainter cover_;  // the points that one view gave, each colored by what it is
  struct CoverOf {
    int view = -1;
    PhotoCover cover = PhotoCover::none;
    std::shared_ptr<const PointCloud> cloud;
    bool operator==(const CoverOf&) const = default;
  } cover_of_;
  std::optional<std::pair<float, float>> cover_range_;
  std::map<int, gl::Texture> full_pictures_;  // by view, those of the frame that were asked for
};

}  // namespace ahap
