#include "app/gui/scene_renderer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "app/gui/contact_shadows.h"
#include "reconstruction/palette.h"
#include "renderer/surfels.h"

namespace ahap {

namespace {

constexpr int kThumbnailSide = 640;            // pixels, longest side
constexpr std::size_t kMostFullPictures = 16;  // uploaded at once
constexpr int kCoarsePoints = 60'000;  // are drawn while the view moves: 15 pictures a second on two cores
constexpr float kCoarseCover = 0.7f;
constexpr int kMaxCoarsening = 16;
constexpr Color kClay = {196, 192, 186};
constexpr Color kWhite = {255, 255, 255};
constexpr Color kBlack = {0, 0, 0};
constexpr float kOnPicture = 0.6f;      // opacity of bodies over a picture
constexpr float kDimmed = 0.45f;        // towards black: bodies beside the selected one
constexpr float kLargePicture = 0.35f;  // of the view's height: cameras' pictures that look larger fade
constexpr float kFadedPicture = 0.15f;  // times their opacity

Color mixed(const Color& a, const Color& b, float share) {
  Color color;
  for (int c = 0; c < 3; ++c) color[c] = std::uint8_t(std::lround((1 - share) * a[c] + share * b[c]));
  return color;
}

// How opaque a camera's picture is: less where it is near and would cover what one looks at, and where one
// sees its back.
float picture_presence(const ViewTransform& view, const ImageCorners& corners,
                       const Eigen::Vector3f& centre) {
  const Eigen::Vector3f middle = (corners[0] + corners[2]) / 2;
  const float height = (corners[0] - corners[3]).norm() * view.focal() / view.size.y() /
                       std::max(1e-3f, (middle - view.eye()).norm());
  const float near = std::clamp(2 - height / kLargePicture, 0.0f, 1.0f);
  const bool from_behind = (middle - view.eye()).dot(middle - centre) < 0;
  return std::max(kFadedPicture, near * (from_behind ? 0.5f : 1));
}

std::array<std::uint8_t, 4> with_opacity(const Color& color, int opacity) {
  return {color[0], color[1], color[2], std::uint8_t(opacity)};
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

}  // namespace

Color confidence_color(float confidence) {
  const float t = std::clamp(confidence, 0.0f, 1.0f);
  return {std::uint8_t(30 + 225 * t), std::uint8_t(60 + 160 * t), std::uint8_t(140 - 80 * t)};
}

Color depth_color(float place) {
  // Dark red, orange, pale yellow, teal, dark blue: readable for colour-blind eyes.
  constexpr std::array<Color, 5> stops = {
      {{140, 30, 40}, {235, 120, 50}, {250, 235, 170}, {70, 160, 170}, {25, 45, 110}}};
  const float at = std::clamp(place, 0.0f, 1.0f) * float(stops.size() - 1);
  const std::size_t i = std::min(std::size_t(at), stops.size() - 2);
  return mixed(stops[i], stops[i + 1], at - float(i));
}

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
  // Shadows on the points go with the bodies.
  if (points_colored_ && !points_colored_->shaded_by.empty()) points_colored_.reset();
  if (points_look_ && !points_look_->coloring.shaded_by.empty()) points_look_.reset();

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
  std::shuffle(point_order_.begin(), point_order_.end(), std::minstd_rand(1));
  const auto people = std::stable_partition(point_order_.begin(), point_order_.end(),
                                            [&](auto i) { return points.person[i] == 0; });
  scene_points_ = int(people - point_order_.begin());
  std::vector<Camera> cameras;
  for (const ReconstructedView& view : shown_->views) cameras.push_back(view.camera(frame_));
  Surfels surfels = surfels_of(points, cameras);
  facing_ = std::move(surfels.normals);
  diameters_ = std::move(surfels.diameters);
  std::vector<Eigen::Vector3f> positions, normals;
  std::vector<float> diameters;
  positions.reserve(points.size());
  normals.reserve(points.size());
  diameters.reserve(points.size());
  for (const auto i : point_order_) {
    positions.push_back(points.positions[i]);
    normals.push_back(facing_[i]);
    diameters.push_back(diameters_[i]);
  }
  points_.upload(positions, normals, diameters);
  points_colored_.reset();
  points_look_.reset();
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

SceneRenderer::PointColoring SceneRenderer::coloring(const ViewState& state) const {
  PointColoring coloring = {state.point_colors, {}};
  if (!state.bodies || state.point_colors != PointColors::picture) return coloring;
  for (const PersonInFrame& person : people_)
    if (state.shows_person(person.person.id)) coloring.shaded_by.push_back(person.person.id);
  return coloring;
}

void SceneRenderer::color_points(const ViewState& state) {
  const PointColoring wanted = coloring(state);
  if (points_colored_ == wanted) return;
  points_colored_ = wanted;
  std::vector<PersonInFrame> shading;
  for (const PersonInFrame& person : people_)
    if (std::ranges::count(wanted.shaded_by, person.person.id) > 0) shading.push_back(person);
  const PointCloud& points = *seen().points;
  const std::vector<float> light = light_beside_bodies(points, facing_, shading);
  std::vector<Color> colors;
  std::vector<float> confidence;
  colors.reserve(points.size());
  confidence.reserve(points.size());
  for (const auto i : point_order_) {
    confidence.push_back(points.confidence[i]);
    switch (state.point_colors) {
      case PointColors::picture:
        colors.push_back(points.person[i] == 0 ? mixed(kBlack, points.colors[i], light[i])
                                               : points.colors[i]);
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

std::vector<PointStyle> SceneRenderer::point_styles(const ViewState& state, float pixel_scale,
                                                    Detail detail) const {
  const int every = detail == Detail::coarse ? std::max(1, points_.size() / kCoarsePoints) : 1;
  // So many points fewer cover the same surface with larger discs; holes are less in the way than blobs.
  const float larger = every > 1 ? kCoarseCover * std::sqrt(float(std::min(every, kMaxCoarsening))) : 1;
  PointStyle scene = {.diameter = state.point_size * larger,
                      .least_pixels = 1.5f * pixel_scale * std::min(1.0f, state.point_size),
                      .most_pixels = kLargestPoint * pixel_scale,
                      .min_confidence = state.min_confidence,
                      .hide_backs = state.hide_backs};
  PointStyle people = scene;
  scene.count = scene_points_ / every;
  people.first = scene_points_;
  people.count = (points_.size() - scene_points_) / every;
  return state.shows_points_on_people() ? std::vector{scene, people} : std::vector{scene};
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

void SceneRenderer::draw(const ViewTransform& view, const ViewState& state, float pixel_scale) {
  draw_points(view, state, pixel_scale);
  draw_things(view, state, pixel_scale);
}

std::uint64_t SceneRenderer::points_version(const ViewState& state, float pixel_scale, Detail detail,
                                            float arrived) {
  const PointsLook look = {coloring(state),
                           state.points,
                           state.points_through,
                           point_styles(state, pixel_scale, detail),
                           state.look_through,
                           state.backdrop_opacity,
                           arrived};
  // The picture that is looked through may come to be another one.
  if (points_look_ != look || state.look_through >= 0) {
    points_look_ = look;
    ++points_version_;
  }
  return points_version_;
}

void SceneRenderer::draw_points(const ViewTransform& view, const ViewState& state, float pixel_scale,
                                Detail detail, float arrived) {
  const bool through = state.look_through >= 0 && state.look_through < int(shown_->views.size());
  const gl::Texture* backdrop = through ? full_picture(state.look_through) : nullptr;
  if (backdrop) {
    pictures_.draw_backdrop(view, camera(state.look_through), *backdrop,
                            state.backdrop_opacity * arrived * arrived * arrived);
  }
  if (state.points && (!through || state.points_through || arrived < 1)) {
    color_points(state);
    for (const PointStyle& style : point_styles(state, pixel_scale, detail)) points_.draw(view, style);
  }
}

void SceneRenderer::draw_things(const ViewTransform& view, const ViewState& state, float pixel_scale) {
  if (state.bodies) draw_bodies(view, state, state.opacity_of_bodies(), pixel_scale);
  if (state.ghosts) motion_.draw_ghosts(view, state);
  if (state.grid) {
    const Eigen::Vector3f middle = bounds_.isEmpty() ? Eigen::Vector3f(0, 0, 0) : bounds_.center();
    const float reach = bounds_.isEmpty() ? 0 : bounds_.diagonal().norm();
    grid_.draw(view, middle, std::max(10.0f, reach));
  }
  if (state.cameras) draw_cameras(view, state, pixel_scale);
  if (const auto selected = selected_body(state))
    draw_body(*selected, view, state, state.opacity_of_bodies(), pixel_scale);
  if (state.trails) motion_.draw_trails(view, state, pixel_scale);
  if (state.shows_skeletons()) draw_skeletons(view, state, pixel_scale);
  draw_rays(view, state, pixel_scale);
}

void SceneRenderer::draw_picture(int index, const ViewTransform& view, const ViewState& state,
                                 float pixel_scale, bool sharp) {
  if (const gl::Texture* backdrop = sharp ? full_picture(index) : picture(index))
    pictures_.draw_backdrop(view, camera(index), *backdrop, 1);
  if (sharp && state.photo_cover != PhotoCover::none) draw_cover(index, view, state.photo_cover);
  if (!state.bodies || !shown_->views[index].camera_estimated) return;
  draw_bodies(view, state, kOnPicture, pixel_scale);
  if (const auto selected = selected_body(state)) draw_body(*selected, view, state, kOnPicture, pixel_scale);
}

std::optional<std::pair<float, float>> SceneRenderer::depth_range(int view) const {
  if (!shown_->views[view].camera_estimated) return std::nullopt;
  const PointCloud& points = *seen().points;
  const Eigen::Isometry3f camera_from_world = camera(view).camera_from_world().cast<float>();
  std::vector<float> depths;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (points.view[i] == view) depths.push_back((camera_from_world * points.positions[i]).z());
  if (depths.empty()) return std::nullopt;
  std::sort(depths.begin(), depths.end());
  const auto share = [&](double s) { return depths[std::size_t(s * double(depths.size() - 1))]; };
  return std::pair(share(0.02), share(0.98));
}

void SceneRenderer::draw_cover(int index, const ViewTransform& view, PhotoCover cover) {
  const CoverOf wanted = {index, cover, seen().points};
  if (cover_of_ != wanted) {
    cover_of_ = wanted;
    const PointCloud& points = *seen().points;
    cover_range_ = depth_range(index);
    const Eigen::Isometry3f camera_from_world = camera(index).camera_from_world().cast<float>();
    std::vector<Eigen::Vector3f> positions;
    std::vector<float> diameters, confidence;
    std::vector<Color> colors;
    for (std::size_t i = 0; cover_range_ && i < points.size(); ++i) {
      if (points.view[i] != index) continue;
      positions.push_back(points.positions[i]);
      diameters.push_back(diameters_[i]);
      confidence.push_back(1);
      const float depth = (camera_from_world * points.positions[i]).z();
      colors.push_back(cover == PhotoCover::depth
                           ? depth_color(std::log(depth / cover_range_->first) /
                                         std::log(cover_range_->second / cover_range_->first))
                           : confidence_color(points.confidence[i]));
    }
    cover_.upload(positions, {}, diameters);
    cover_.upload_colors(colors, confidence);
  }
  cover_.draw(view, {.diameter = 1});
}

std::optional<std::size_t> SceneRenderer::selected_body(const ViewState& state) const {
  for (std::size_t i = 0; state.bodies && i < people_.size(); ++i) {
    const int id = people_[i].person.id;
    if (id == state.selected.person && state.shows_person(id)) return i;
  }
  return std::nullopt;
}

void SceneRenderer::draw_body(std::size_t i, const ViewTransform& view, const ViewState& state, float opacity,
                              float pixel_scale) {
  const int id = people_[i].person.id;
  const bool hovered = state.hovered.person == id;
  const std::optional<std::size_t> selected = selected_body(state);
  MeshStyle style;
  style.color = state.identity_colors ? person_color(id) : kClay;
  style.opacity = opacity;
  style.glow = hovered ? 0.35f : 0;
  if (selected == i) {
    style.outline = 2 * pixel_scale;
    style.outline_color = mixed(style.color, kWhite, 0.5f);
  } else if (selected && !hovered) {
    style.color = mixed(style.color, kBlack, kDimmed);
  }
  bodies_.draw(i, view, style);
}

// All but the selected one, which comes after everything that it is to be seen through.
void SceneRenderer::draw_bodies(const ViewTransform& view, const ViewState& state, float opacity,
                                float pixel_scale) {
  for (std::size_t i = 0; i < people_.size(); ++i) {
    if (state.shows_person(people_[i].person.id) && selected_body(state) != i)
      draw_body(i, view, state, opacity, pixel_scale);
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
      if (!shown) continue;
      const ImageCorners corners = image_plane(camera(v), state.camera_size);
      const bool lit = state.hovered.view == v || state.selected.view == v;
      const float presence = lit ? 1 : picture_presence(view, corners, camera(v).center().cast<float>());
      pictures_.draw(view, corners, *shown, state.picture_opacity * presence);
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
    for (const PointStyle& style : point_styles(state, pixel_scale, Detail::full))
      points_.draw_ids(view, style, Picked{Picked::Kind::point, 0}.id());
  }
}

}  // namespace ahap
