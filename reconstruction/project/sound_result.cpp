#include <string>

#include "reconstruction/project/damaged_result.h"
#include "reconstruction/project/result_arrays.h"

namespace ahap {
namespace {

constexpr int kLargestPicture = 1 << 20;  // pixels on a side

void require(bool right, const std::string& sentence) {
  if (!right) throw DamagedResult(sentence);
}

bool is_index(std::int64_t index, std::size_t size) {
  return index >= 0 && index < std::int64_t(size);
}

void require_sound_views(const Reconstruction& result) {
  for (const ReconstructedView& view : result.views) {
    const std::string name = "the view " + view.name;
    require(view.cameras.size() == 1 || view.cameras.size() == result.frames.size(),
            name + " has neither one camera nor one for each frame");
    for (const Camera& camera : view.cameras) {
      const auto possible = [](int side) { return side >= 0 && side <= kLargestPicture; };
      require(possible(camera.width) && possible(camera.height), name + " has an impossible size");
      require(camera.K.allFinite() && camera.world_from_camera.matrix().allFinite(),
              name + " has a camera whose numbers are not finite");
    }
  }
}

void require_sound_cloud(const PointCloud& points, std::size_t views) {
  require(points.colors.size() == points.size() && points.confidence.size() == points.size() &&
              points.view.size() == points.size() && points.person.size() == points.size(),
          "the arrays of the points are not equally long");
  for (const std::uint16_t view : points.view)
    require(is_index(view, views), "a point names a view that is not there");
}

void require_sound_frame(const ReconstructedFrame& frame, std::size_t views) {
  const std::string name = "frame " + std::to_string(frame.number);
  require(frame.pictures.size() <= views, name + " has more pictures than there are views");
  for (const Image& picture : frame.pictures) {
    const bool possible = picture.width >= 0 && picture.height >= 0 && picture.width <= kLargestPicture &&
                          picture.height <= kLargestPicture;
    require(possible && picture.rgb.size() == std::size_t(picture.width) * std::size_t(picture.height) * 3,
            name + " has a picture whose size does not fit its pixels");
  }
  for (const Detection& detection : frame.detections) {
    require(is_index(detection.view, views), "a detection of " + name + " names a view that is not there");
    require(detection.joints2d.empty() || detection.joints2d.size() >= kSmplJoints,
            "a detection of " + name + " has neither 24 joints nor none");
  }
  const AssociationMatrix& association = frame.association;
  require(association.weight.size() == association.person_ids.size(),
          name + " has an association whose rows and ids differ");
  for (const std::vector<float>& row : association.weight)
    require(row.size() == frame.detections.size(), name + " has an association of another width");
  const std::vector<int>& runner_up = frame.runner_up.person_ids;
  require(runner_up.empty() || runner_up.size() == frame.detections.size(),
          name + " has a runner-up of another length than its detections");
}

void require_sound_mesh(const TriangleMesh& mesh) {
  require(mesh.normals.empty() || mesh.normals.size() == mesh.positions.size(),
          "a body has more or fewer normals than vertices");
  for (const Triangle& triangle : mesh.triangles)
    for (const std::int32_t vertex : triangle)
      require(is_index(vertex, mesh.positions.size()),
              "a triangle of a body names a vertex that is not there");
}

void require_sound_person(const Person& person, const Reconstruction& result) {
  const std::string name = "person " + std::to_string(person.id);
  require(person.id > 0, name + " has an id that nobody can have");
  require(!person.bodies.empty(), name + " has no body");
  int before = -1;
  for (const BodyInFrame& body : person.bodies) {
    require(is_index(body.frame, result.frames.size()) && body.frame > before,
            name + " has a body in a frame that is not there, or two in one");
    before = body.frame;
    require(is_index(body.reference_view, result.views.size()), name + " names a view that is not there");
    require(body.joints.size() >= kSmplJoints, name + " has a body without its 24 joints");
    require(!body.smplx || person.smplx_betas.size() >= kSmplBetas,
            name + " has an SMPL-X body without shape");
    for (const int detection : body.detections)
      require(is_index(detection, result.frames[std::size_t(body.frame)].detections.size()),
              name + " names a detection that is not there");
    require_sound_mesh(body.mesh);
  }
}

}  // namespace

void require_sound(const Reconstruction& result) {
  require(!result.frames.empty(), "it has no frame");
  require_sound_views(result);
  const PointCloud* checked = nullptr;
  int before = -1;
  for (const ReconstructedFrame& frame : result.frames) {
    require(frame.number > before, "its frames are not in order");
    before = frame.number;
    require_sound_frame(frame, result.views.size());
    if (frame.points.get() != checked) require_sound_cloud(*frame.points, result.views.size());
    checked = frame.points.get();
  }
  for (const Person& person : result.people) require_sound_person(person, result);
}

}  // namespace ahap
