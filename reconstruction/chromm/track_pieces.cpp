#include "reconstruction/chromm/track_pieces.h"

namespace ahap {
namespace {

constexpr int kRemovedInARow = 3;  // that are more likely somebody else than mistakes

double mean_displacement(const TrackedJoints& from, const TrackedJoints& to) {
  double sum = 0;
  for (std::size_t j = 0; j < from.joints.size(); ++j) sum += (to.joints[j] - from.joints[j]).norm();
  return from.joints.empty() ? 0 : sum / double(from.joints.size());
}

}  // namespace

std::vector<std::vector<int>> consistent_pieces(std::span<const TrackedJoints> track, double fastest) {
  std::vector<std::vector<int>> pieces;
  int next = 0;
  while (next < int(track.size())) {
    std::vector<int>& piece = pieces.emplace_back(1, next);
    int removed = 0;
    for (++next; next < int(track.size()) && removed < kRemovedInARow; ++next) {
      const TrackedJoints &last = track[std::size_t(piece.back())], &here = track[std::size_t(next)];
      if (mean_displacement(last, here) > fastest * (here.time - last.time)) {
        ++removed;
        continue;
      }
      removed = 0;
      piece.push_back(next);
    }
    if (removed == kRemovedInARow) next -= removed;
  }
  return pieces;
}

}  // namespace ahap
