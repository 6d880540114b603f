#include "app/cli/drawing_benchmark.h"

#include <epoxy/gl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "app/gui/picture.h"
#include "app/gui/scene_view.h"
#include "app/gui/theme.h"
#include "reconstruction/body/procedural_body.h"
#include "renderer/headless_context.h"
#include "renderer/viewport.h"

namespace ahap {
namespace {

using Clock = std::chrono::steady_clock;

constexpr float kRoom = 4, kRoomHeight = 3;  // metres, half a side and the height

Camera camera_on_ring(int index, int count) {
  const double angle = 2 * std::numbers::pi * index / count;
  const Eigen::Vector3d centre(3 * std::sin(angle), 1.6, 3 * std::cos(angle));
  const Eigen::Vector3d forward = (Eigen::Vector3d(0, 0.9, 0) - centre).normalized();
  const Eigen::Vector3d right = forward.cross(Eigen::Vector3d::UnitY()).normalized();
  Camera camera;
  camera.width = 1600;
  camera.height = 1200;
  camera.K << 1300, 0, 800, 0, 1300, 600, 0, 0, 1;
  camera.world_from_camera.linear() << right, forward.cross(right), forward;
  camera.world_from_camera.translation() = centre;
  return camera;
}

// Where the ray leaves the room.
Eigen::Vector3d on_wall(const Eigen::Vector3d& origin, const Eigen::Vector3d& ray) {
  const Eigen::Vector3d low(-kRoom, 0, -kRoom), high(kRoom, kRoomHeight, kRoom);
  double distance = 1e9;
  for (int axis = 0; axis < 3; ++axis) {
    if (ray[axis] == 0) continue;
    distance = std::min(distance, ((ray[axis] > 0 ? high : low)[axis] - origin[axis]) / ray[axis]);
  }
  return origin + distance * ray;
}

// The room's walls as all cameras see them, about so many points, row by row.
std::shared_ptr<PointCloud> walls(const std::vector<ReconstructedView>& views, int count) {
  auto cloud = std::make_shared<PointCloud>();
  const double own = double(count) / double(views.size());
  for (std::size_t v = 0; v < views.size(); ++v) {
    const Camera& camera = views[v].cameras[0];
    const double step = std::sqrt(double(camera.width) * camera.height / own);
    for (double y = step / 2; y < camera.height; y += step) {
      for (double x = step / 2; x < camera.width; x += step) {
        const Eigen::Vector3d X = on_wall(camera.center(), camera.unproject({x, y}, 1) - camera.center());
        cloud->positions.push_back(X.cast<float>());
        const int tile = int(std::floor(2 * X.x()) + std::floor(2 * X.y()) + std::floor(2 * X.z())) & 1;
        cloud->colors.push_back(tile ? Color{150, 120, 90} : Color{90, 110, 140});
        cloud->confidence.push_back(1);
        cloud->view.push_back(std::uint16_t(v));
        cloud->person.push_back(0);
      }
    }
  }
  return cloud;
}

// People at rest in rows in the middle of the room.
std::vector<Person> crowd(int count) {
  const BodyModel body = procedural_body();
  TriangleMesh mesh;
  for (int f = 0; f < body.faces.rows(); ++f)
    mesh.triangles.push_back({body.faces(f, 0), body.faces(f, 1), body.faces(f, 2)});
  const auto joints = (body.J_regressor * body.v_template).eval();
  const float lift = -body.v_template.col(1).minCoeff();
  const int side = std::max(1, int(std::ceil(std::sqrt(double(count)))));
  std::vector<Person> people;
  for (int i = 0; i < count; ++i) {
    const float apart = std::min(1.0f, 4.0f / float(side));
    const Eigen::RowVector3f place(apart * (float(i % side) - float(side - 1) / 2), lift,
                                   apart * (float(i / side) - float(side - 1) / 2));
    BodyInFrame shown;
    shown.mesh = mesh;
    for (int v = 0; v < body.num_vertices(); ++v)
      shown.mesh.positions.push_back(body.v_template.row(v) + place);
    for (int j = 0; j < kSmplJoints; ++j) shown.joints.push_back(joints.row(j) + place);
    Person person;
    person.id = i + 1;
    person.bodies.push_back(std::move(shown));
    people.push_back(std::move(person));
  }
  return people;
}

std::shared_ptr<const Reconstruction> room(const DrawingRequest& request) {
  auto scene = std::make_shared<Reconstruction>();
  for (int v = 0; v < request.cameras; ++v) {
    ReconstructedView& view = scene->views.emplace_back();
    view.name = std::to_string(v + 1);
    view.camera_estimated = true;
    view.cameras = {camera_on_ring(v, request.cameras)};
  }
  ReconstructedFrame& frame = scene->frames.emplace_back();
  frame.pictures.assign(std::size_t(request.cameras), Image(640, 480));
  frame.points = walls(scene->views, request.points);
  scene->people = crowd(request.people);
  return scene;
}

// Seconds of each picture of a turn around the scene.
std::vector<double> turn(SceneRenderer& renderer, Viewport& viewport, const Reconstruction& scene,
                         const DrawingRequest& request, bool coarse) {
  const Eigen::Vector2f size(float(request.width), float(request.height));
  ViewState state;
  state.camera_size = fitting_camera_size(scene, 0);
  OrbitCamera camera = overview(scene, 0, renderer, size);
  std::vector<double> seconds;
  for (int i = -1; i < request.repeat; ++i) {  // the first uploads colours
    camera.turn_to(2 * std::numbers::pi_v<float> * float(i) / float(request.repeat), 0.45f);
    camera.finish_transition();
    const Clock::time_point start = Clock::now();
    draw_view(viewport, renderer, camera, size, state, 1,
              coarse ? SceneRenderer::Detail::coarse : SceneRenderer::Detail::full);
    glFinish();
    if (i >= 0) seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

}  // namespace

void benchmark_drawing(const DrawingRequest& request) {
  const HeadlessContext context;
  const std::shared_ptr<const Reconstruction> scene = room(request);
  SceneRenderer renderer;
  const Clock::time_point start = Clock::now();
  renderer.show(scene, 0);
  glFinish();
  const double upload = std::chrono::duration<double>(Clock::now() - start).count();
  Viewport viewport;
  const std::vector<double> full = turn(renderer, viewport, *scene, request, false);
  const std::vector<double> coarse = turn(renderer, viewport, *scene, request, true);
  const std::string device = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
  const int points = int(scene->frames[0].points->size());
  if (request.json) {
    const auto summary = [](const std::vector<double>& seconds) {
      return nlohmann::ordered_json{
          {"median", seconds[seconds.size() / 2]}, {"min", seconds.front()}, {"max", seconds.back()}};
    };
    std::cout << nlohmann::ordered_json{{"renderer", device},
                                        {"points", points},
                                        {"people", request.people},
                                        {"cameras", request.cameras},
                                        {"width", request.width},
                                        {"height", request.height},
                                        {"upload_seconds", upload},
                                        {"full_seconds", summary(full)},
                                        {"moving_seconds", summary(coarse)}}
                     .dump(1)
              << std::endl;
    return;
  }
  std::printf("%d points, %d people, %d cameras, %d x %d pixels, %s\n", points, request.people,
              request.cameras, request.width, request.height, device.c_str());
  std::printf("  %-10s %9s %9s %9s %9s\n", "", "median", "min", "max", "a second");
  for (const auto& [name, seconds] : {std::pair{"at rest", &full}, std::pair{"moving", &coarse}}) {
    const double median = (*seconds)[seconds->size() / 2];
    std::printf("  %-10s %6.1f ms %6.1f ms %6.1f ms %9.1f\n", name, 1000 * median, 1000 * seconds->front(),
                1000 * seconds->back(), 1 / median);
  }
  std::printf("  taking the result in: %.2f s\n", upload);
}

}  // namespace ahap
