#include "app/gui/scene_renderer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "reconstruction/palette.h"
#include "renderer/point_normals.h"

namespace ahap {

namespace {

constexpr int kThumbnailSide = 640;            // pixels, longest side
constexpr std::size_t kMostFullPictures = 16;  // uploaded at once
constexpr Color kClay = {196, 192, 186};
constexpr Color kWhite = {255, 255, 255};

std::array<std::uint8_t, 4> with_opacity(const Color& color, int opacity) {
  return {color[0], color[1], color[2], std::uint8_t(opacity)};
}

// Blue (uncertain) through grey to yellow (certain): readable for colour-blind eyes.
Color confidence_color(float confidence) {
  const float t = std::clamp(confidence, 0.0f, 1.0f);
  return {std::uint8_t(30 + 225 * t), std::uint8_t(60 + 160 * t), std::uint8_t(140 - 80 * t)};
}

// Box-filtered by a whole factor to about the longest side.
Image reduced(const Image& image, int longest_side) {
  const int factor = std::max(1, std::max(image.width, image.height) / longest_side);
  if (factor == 1) return image;
  Image small(std::max(1, image.width / factor), std::max(1, image.height / factor));
  for (int y = 0; y < small.height; ++y) {
    for (int x = 0; x < small.width; ++x) {
      std::array<int, 3> sum{};
      for (int dy = 0; dy < factor; ++dy) {
        for (int dx = 0; dx < factor; ++dx) {
          const std::uint8_t* pixel = image.pixel(std::min(x * factor + dx, image.width - 1),
                                                  std::min(y * factor + dy, image.height - 1));
          for (int c = 0; c < 3; ++c) sum[c] += pixel[c];
        }
      }
      for (int c = 0; c < 3; ++c) small.pixel(x, y)[c] = std::uint8_t(sum[c] / (factor * factor));
    }
  }
  return small;
}

// Where the middle 96 % of the points are along each axis.
Eigen::AlignedBox3f main_part(const std::vector<Eigen::Vector3f>& points) {
  Eigen::AlignedBox3f box;
  if (points.empty()) return box;
  const std::size_t stride = points.size() / 20'000 + 1;
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<float> values;
    for (std::size_t i = 0; i < points.size(); i += stride) values.push_back(points[i][axis]);
    std::sort(values.begin(), values.end());
    box.min()[axis] = values[std::size_t(0.02 * double(values.size() - 1))];
    box.max()[axis] = values[std::size_t(0.98 * double(values.size() - 1))];
  }
  return box;
}

std::vector<Eigen::Vector3f> corners(const Eigen::AlignedBox3f& box) {
  std::vector<Eigen::Vector3f> points;
  for (int i = 0; i < 8 && !box.isEmpty(); ++i)
    points.push_back(box.corner(Eigen::AlignedBox3f::CornerType(i)));
  return points;
}

// The people and the cameras, without cameras that stand far away from everything else.
std::vector<Eigen::Vector3f> stage_of(const Reconstruction& reconstruction, int frame) {
  std::vector<Eigen::Vector3f> points, cameras;
  for (const PersonInFrame& person : people_in(reconstruction, frame)) {
    const auto& vertices = person.body.mesh.positions;
    points.insert(points.end(), vertices.begin(), vertices.end());
  }
  for (const ReconstructedView& view : reconstruction.views) {
    if (view.camera_estimated) cameras.push_back(view.camera(frame).center().cast<float>());
  }
  Eigen::Vector3f middle = Eigen::Vector3f::Zero();
  const auto& centre = points.empty() ? cameras : points;
  for (const Eigen::Vector3f& point : centre) middle += point / float(centre.size());
  std::vector<float> distances;
  for (const Eigen::Vector3f& camera : cameras) distances.push_back((camera - middle).norm());
  std::sort(distances.begin(), distances.end());
  for (const Eigen::Vector3f& camera : cameras) {
    if ((camera - middle).norm() <= 3 * distances[distances.size() / 2]) points.push_back(camera);
  }
  return points;
}

// Distance between neighbouring points: the surface that they cover, counted in cubes, shared by their
// number.
float typical_spacing(const std::vector<Eigen::Vector3f>& points) {
  const Eigen::AlignedBox3f box = main_part(points);
  if (box.isEmpty() || box.diagonal().norm() <= 0) return 0.02f;
  const float side = box.diagonal().norm() / 150;
  std::unordered_set<std::uint32_t> cubes;
  const std::size_t stride = points.size() / 200'000 + 1;
  for (std::size_t i = 0; i < points.size(); i += stride) {
    if (!box.contains(points[i])) continue;
    const Eigen::Vector3f cube = (points[i] - box.min()) / side;
    cubes.insert(std::uint32_t(cube.x()) | std::uint32_t(cube.y()) << 10 | std::uint32_t(cube.z()) << 20);
  }
  const float spacing = side * std::sqrt(float(cubes.size()) / float(points.size()));
  return 2 * std::clamp(spacing, 0.002f, 0.1f);
}

}  // namespace

std::shared_ptr<const Reconstruction> SceneRenderer::nothing() {
  auto nothing = std::make_shared<Reconstruction>();
  nothing->frames.emplace_back();
  return nothing;
}

void SceneRenderer::show_nothing() {
  show(nothing(), 0);
}

void SceneRenderer::show(std::shared_ptr<const Reconstruction> reconstruction, int frame) {
  const std::vector<Image>& pictures = reconstruction->frames.at(frame).pictures;
  const auto same_picture = [&](std::size_t v) {
    return v < thumbnails_.size() && v < seen().pictures.size() && seen().pictures[v].rgb == pictures[v].rgb;
  };
  std::vector<gl::Texture> thumbnails;
  for (std::size_t v = 0; v < pictures.size(); ++v) {
    if (same_picture(v)) {
      thumbnails.push_back(std::move(thumbnails_[v]));
    } else {
      thumbnails.emplace_back();
      if (!pictures[v].empty()) thumbnails.back().upload(reduced(pictures[v], kThumbnailSide));
    }
  }
  thumbnails_ = std::move(thumbnails);
  shown_ = std::move(reconstruction);
  frame_ = frame;
  people_ = people_in(*shown_, frame_);
  full_pictures_.clear();

  if (seen().points != cloud_) upload_points();

  std::vector<const TriangleMesh*> meshes;
  for (const PersonInFrame& person : people_) meshes.push_back(&person.body.mesh);
  bodies_.upload(meshes);

  bounds_ = cloud_bounds_;
  stage_ = stage_of(*shown_, frame_);
  if (stage_.size() < 2) stage_ = corners(bounds_);
  for (const Eigen::Vector3f& point : stage_) bounds_.extend(point);
}

void SceneRenderer::upload_points() {
  cloud_ = seen().points;
  const PointCloud& points = *cloud_;
  cloud_bounds_ = main_part(points.positions);
  point_order_.resize(points.size());
  std::iota(point_order_.begin(), point_order_.end(), 0u);
  const auto people = std::stable_partition(point_order_.begin(), point_order_.end(),
                                            [&](auto i) { return points.person[i] == 0; });
  scene_points_ = int(people - point_order_.begin());
  std::vector<Eigen::Vector3f> positions;
  positions.reserve(points.size());
  for (const auto i : point_order_) positions.push_back(points.positions[i]);
  std::vector<Camera> cameras;
  for (const ReconstructedView& view : shown_->views) cameras.push_back(view.camera(frame_));
  facing_ = point_normals(points, cameras);
  std::vector<Eigen::Vector3f> normals;
  normals.reserve(points.size());
  for (const auto i : point_order_) normals.push_back(facing_[i]);
  points_.upload(positions, normals);
  points_colored_by_.reset();
  point_spacing_ = typical_spacing(points.positions);
}

std::optional<Eigen::AlignedBox3f> SceneRenderer::person_bounds(int person_id) const {
  for (const auto& [person, body] : people_) {
    if (person.id != person_id) continue;
    Eigen::AlignedBox3f box;
    for (const auto& position : body.mesh.positions) box.extend(position);
    if (!box.isEmpty()) return box;
  }
  return std::nullopt;
}

void SceneRenderer::color_points(PointColors by) {
  if (points_colored_by_ == by) return;
  points_colored_by_ = by;
  const PointCloud& points = *seen().points;
  std::vector<Color> colors;
  std::vector<float> confidence;
  colors.reserve(points.size());
  confidence.reserve(points.size());
  for (const auto i : point_order_) {
    confidence.push_back(points.confidence[i]);
    switch (by) {
      case PointColors::picture:
        colors.push_back(points.colors[i]);
        break;
      case PointColors::person:
        colors.push_back(person_color(points.person[i]));
        break;
      case PointColors::view:
        colors.push_back(person_color(points.view[i] + 1));
        break;
      case PointColors::confidence:
        colors.push_back(confidence_color(points.confidence[i]));
        break;
    }
  }
  points_.upload_colors(colors, confidence);
}

PointStyle SceneRenderer::point_style(const ViewState& state, float pixel_scale) const {
  const bool with_people = state.person_points || !state.bodies || state.point_colors == PointColors::person;
  return {.diameter = state.point_size * point_spacing_,
          .least_pixels = 1.5f * pixel_scale * std::min(1.0f, state.point_size),
          .min_confidence = state.min_confidence,
          .hide_backs = state.hide_backs,
          .count = with_people ? -1 : scene_points_};
}

const gl::Texture* SceneRenderer::picture(int view) const {
  if (view < int(thumbnails_.size()) && thumbnails_[view].width() > 0) return &thumbnails_[view];
  return view < int(borrowed_pictures_.size()) ? borrowed_pictures_[view] : nullptr;
}

const gl::Texture* SceneRenderer::full_picture(int view) {
  if (view >= int(thumbnails_.size()) || thumbnails_[view].width() == 0) return picture(view);
  const auto known = full_pictures_.find(view);
  if (known != full_pictures_.end()) return &known->second;
  if (full_pictures_.size() >= kMostFullPictures) full_pictures_.clear();
  gl::Texture& texture = full_pictures_[view];
  texture.upload(seen().pictures[view]);
  return &texture;
}

void SceneRenderer::draw(const ViewTransform& view, const ViewState& state, float pixel_scale,
                         float arrived) {
  const bool through = state.look_through >= 0 && state.look_through < int(shown_->views.size());
  const gl::Texture* backdrop = through ? full_picture(state.look_through) : nullptr;
  if (backdrop) {
    pictures_.draw_backdrop(view, camera(state.look_through), *backdrop,
                            state.backdrop_opacity * arrived * arrived * arrived);
  }
  if (state.points && (!through || state.points_through || arrived < 1)) {
    color_points(state.point_colors);
    points_.draw(view, point_style(state, pixel_scale));
  }
  if (state.bodies) draw_bodies(view, state, state.body_opacity, pixel_scale);
  if (state.ghosts) motion_.draw_ghosts(view, state);
  if (state.grid) {
    const Eigen::Vector3f middle = bounds_.isEmpty() ? Eigen::Vector3f(0, 0, 0) : bounds_.center();
    const float reach = bounds_.isEmpty() ? 0 : bounds_.diagonal().norm();
    grid_.draw(view, middle, std::max(10.0f, reach));
  }
  if (state.cameras) draw_cameras(view, state, pixel_scale);
  if (state.trails) motion_.draw_trails(view, state, pixel_scale);
  if (state.skeletons) draw_skeletons(view, state, pixel_scale);
  draw_rays(view, state, pixel_scale);
}

void SceneRenderer::draw_picture(int index, const ViewTransform& view, const ViewState& state,
                                 float pixel_scale, bool sharp) {
  if (const gl::Texture* backdrop = sharp ? full_picture(index) : picture(index))
    pictures_.draw_backdrop(view, camera(index), *backdrop, 1);
  if (state.bodies && shown_->views[index].camera_estimated) draw_bodies(view, state, 0.6f, pixel_scale);
}

void SceneRenderer::draw_bodies(const ViewTransform& view, const ViewState& state, float opacity,
                                float pixel_scale) {
  for (std::size_t i = 0; i < people_.size(); ++i) {
    const int id = people_[i].person.id;
    if (!state.shows_person(id)) continue;
    MeshStyle style;
    style.color = state.identity_colors ? person_color(id) : kClay;
    style.opacity = opacity;
    if (state.selected.person == id) {
      style.outline = 2 * pixel_scale;
      style.outline_color = kWhite;
    }
    style.glow = state.hovered.person == id ? 0.35f : 0;
    bodies_.draw(i, view, style);
  }
}

void SceneRenderer::draw_cameras(const ViewTransform& view, const ViewState& state, float pixel_scale) {
  std::vector<LineSegment> lines;
  std::vector<std::pair<float, int>> far_to_near;
  for (int v = 0; v < int(shown_->views.size()); ++v) {
    if (!shown_->views[v].camera_estimated || v == state.look_through) continue;
    const ImageCorners corners = image_plane(camera(v), state.camera_size);
    const Eigen::Vector3f centre = camera(v).center().cast<float>();
    far_to_near.emplace_back(-(corners[0] - view.eye()).norm(), v);
    const bool lit = state.hovered.view == v || state.selected.view == v;
    const auto color = with_opacity(lit ? kWhite : Color{150, 158, 172}, lit ? 255 : 210);
    for (int i = 0; i < 4; ++i) {
      lines.push_back({centre, corners[i], color});
      lines.push_back({corners[i], corners[(i + 1) % 4], color});
    }
    // A small roof shows which side is up.
    const Eigen::Vector3f top = (corners[0] + corners[1]) / 2 + 0.18f * (corners[0] - corners[3]);
    lines.push_back({corners[0] * 0.65f + corners[1] * 0.35f, top, color});
    lines.push_back({corners[0] * 0.35f + corners[1] * 0.65f, top, color});
  }
  std::sort(far_to_near.begin(), far_to_near.end());
  if (state.picture_opacity > 0) {
    for (const auto& [distance, v] : far_to_near) {
      const gl::Texture* shown = picture(v);
      if (shown)
        pictures_.draw(view, image_plane(camera(v), state.camera_size), *shown, state.picture_opacity);
    }
  }
  camera_lines_.upload(lines);
  camera_lines_.draw(view, 1.5f * pixel_scale);
}

void SceneRenderer::draw_skeletons(const ViewTransform& view, const ViewState& state, float pixel_scale) {
  std::vector<LineSegment> lines;
  for (const auto& [person, body] : people_) {
    if (!state.shows_person(person.id)) continue;
    for (std::size_t j = 1; j < body.joints.size(); ++j) {
      lines.push_back(
          {body.joints[kSmplParents[j]], body.joints[j], with_opacity(person_color(person.id), 255)});
    }
  }
  skeleton_lines_.upload(lines);
  glDisable(GL_DEPTH_TEST);
  skeleton_lines_.draw(view, 3 * pixel_scale);
  glEnable(GL_DEPTH_TEST);
}

// From the camera through the key point of the detections in question: all those of the selected person, and
// the one hovered.
void SceneRenderer::draw_rays(const ViewTransform& view, const ViewState& state, float pixel_scale) {
  std::vector<LineSegment> lines;
  for (int n = 0; n < int(seen().detections.size()); ++n) {
    const Detection& detection = seen().detections[n];
    const Camera& from = camera(detection.view);
    const bool of_selected = detection.person_id > 0 && detection.person_id == state.selected.person;
    const bool in_question = n == state.hovered.detection || n == state.selected.detection;
    if ((!of_selected && !in_question) || !shown_->views[detection.view].camera_estimated ||
        detection.view == state.look_through)
      continue;
    const double depth = detection.keypoint_depth > 0 ? detection.keypoint_depth : 4;
    lines.push_back({from.center().cast<float>(), from.unproject(detection.keypoint, depth).cast<float>(),
                     with_opacity(person_color(detection.person_id), in_question ? 255 : 130)});
  }
  ray_lines_.upload(lines);
  ray_lines_.draw(view, 1.5f * pixel_scale);
}

void SceneRenderer::draw_ids(const ViewTransform& view, const ViewState& state, float pixel_scale,
                             bool with_points) {
  for (std::size_t i = 0; state.bodies && i < people_.size(); ++i) {
    const int id = people_[i].person.id;
    if (state.shows_person(id)) bodies_.draw_ids(i, view, Picked{Picked::Kind::person, id}.id());
  }
  for (int v = 0; state.cameras && v < int(shown_->views.size()); ++v) {
    if (!shown_->views[v].camera_estimated || v == state.look_through) continue;
    pictures_.draw_ids(view, image_plane(camera(v), state.camera_size), Picked{Picked::Kind::view, v}.id());
  }
  if (with_points && state.points) {
    points_.draw_ids(view, point_style(state, pixel_scale), Picked{Picked::Kind::point, 0}.id());
  }
}

}  // namespace ahap
