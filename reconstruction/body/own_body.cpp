#include "reconstruction/body/own_body.h"

#include <map>
#include <mutex>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/body/procedural_body.h"

namespace ahap {

std::shared_ptr<const BodyModel> own_body(const std::string& name) {
  static const std::map<std::string, BodyDetail> details = {{"procedural", BodyDetail::full},
                                                            {"procedural-low", BodyDetail::low}};
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const BodyModel>> made;
  const auto detail = details.find(name);
  if (detail == details.end()) return nullptr;
  const std::scoped_lock lock(mutex);
  auto& body = made[name];
  if (!body) body = std::make_shared<const BodyModel>(procedural_body(detail->second));
  return body;
}

std::shared_ptr<const BodyModel> own_body_of(const Reconstruction& result) {
  constexpr float kSame = 1e-3f;  // metres
  const auto body = own_body("procedural");
  for (const Person& person : result.people) {
    if (person.bodies.empty()) continue;
    const BodyInFrame& first = person.bodies.front();
    if (first.smplx || first.joints.size() != kSmplJoints) return nullptr;
    const auto joints = posed_joints(*body, smpl_of(person, first));
    for (int j = 0; j < kSmplJoints; ++j)
      if ((joints[std::size_t(j)] - first.joints[std::size_t(j)]).norm() > kSame) return nullptr;
  }
  return body;
}

}  // namespace ahap
