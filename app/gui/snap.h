#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>

#include "app/gui/view_state.h"
#include "reconstruction/tape.h"
#include "renderer/view_transform.h"

namespace ahap {

// What an end of a tape snaps to.
struct SnapTarget {
  TapeEnd end;
  Eigen::Vector3f place{0, 0, 0};  // world frame, metres
};

// What is shown within `reach` pixels of the cursor: of what is not hidden behind something nearer, a joint
// before a vertex or point, then the nearest on the screen. `shown`: a result of one frame. `facing`: which
// way the surface under each of its points faces (point_normals), empty: not known. Nothing where nothing is
// near.
std::optional<SnapTarget> snap_target(const Reconstruction& shown, std::span<const Eigen::Vector3f> facing,
                                      const ViewState& state, const ViewTransform& view,
                                      const Eigen::Vector2f& cursor, float reach);

}  // namespace ahap
