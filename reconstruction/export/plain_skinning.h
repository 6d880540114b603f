#pragma once

#include <array>
#include <vector>

#include "reconstruction/body/body_model.h"

namespace ahap {

// What glTF's skins know of a body: at most four joints a vertex, and no correction by the pose.

struct VertexSkin {
  std::array<std::uint8_t, 4> joints{};  // 0 where the weight is
  std::array<float, 4> weights{};        // descending, their sum is one
};
std::vector<VertexSkin> plain_skin(const BodyModel& model);

// The model that moves as these skins do.
BodyModel plainly_skinned(const BodyModel& model);

}  // namespace ahap
