#pragma once

#include <set>
#include <vector>

namespace ahap {

// What belongs to the cameras, by their index, without those of unused ones.
template <typename Value>
std::vector<Value> of_used_cameras(std::vector<Value> of_all, const std::set<int>& unused) {
  for (auto camera = unused.rbegin(); camera != unused.rend(); ++camera)
    if (*camera < int(of_all.size())) of_all.erase(of_all.begin() + *camera);
  return of_all;
}

}  // namespace ahap
