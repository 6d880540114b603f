#include "reconstruction/kept_decisions.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "reconstruction/box_overlap.h"

namespace ahap {
namespace {

constexpr double kSameBox = 0.5;  // intersection over union, from which two boxes of a picture are one person

// A detection and the one that it is in the other result, indices into the first frames.
struct Found {
  int before = 0, now = 0;
};

int view_named(const Reconstruction& reconstruction, const std::string& name) {
  const auto found = std::find_if(reconstruction.views.begin(), reconstruction.views.end(),
                                  [&](const ReconstructedView& view) { return view.name == name; });
  return found == reconstruction.views.end() ? -1 : int(found - reconstruction.views.begin());
}

std::vector<Found> found_again(const Reconstruction& before, const Reconstruction& now) {
  const std::vector<Detection>&was = before.frames.front().detections, &is = now.frames.front().detections;
  std::vector<int> order(was.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_partition(order.begin(), order.end(), [&](int b) { return was[b].locked; });
  std::vector<Found> found;
  std::set<int> taken;
  for (const int b : order) {
    const int view = view_named(now, before.views.at(was[b].view).name);
    int best = -1;
    double largest = kSameBox;
    for (int n = 0; n < int(is.size()); ++n) {
      const double common = is[n].view == view && !taken.contains(n) ? overlap(was[b].box, is[n].box) : 0;
      if (common <= largest) continue;
      largest = common;
      best = n;
    }
    if (best < 0) continue;
    taken.insert(best);
    found.push_back({b, best});
  }
  return found;
}

// Gives people the numbers that they had: each person's goes to who has most of its detections.
void renumber(const std::vector<Found>& found, const std::vector<Detection>& was, std::vector<int>& ids) {
  std::map<std::pair<int, int>, int> shared;  // (id now, id before) -> detections
  for (const Found& pair : found) {
    if (was[pair.before].person_id > 0 && ids[pair.now] > 0)
      ++shared[{ids[pair.now], was[pair.before].person_id}];
  }
  std::vector<std::pair<int, std::pair<int, int>>> by_count;
  for (const auto& [pair, count] : shared) by_count.push_back({-count, pair});
  std::sort(by_count.begin(), by_count.end());
  std::map<int, int> renamed;
  std::set<int> used;
  for (const auto& [count, pair] : by_count) {
    if (renamed.contains(pair.first) || used.contains(pair.second)) continue;
    renamed[pair.first] = pair.second;
    used.insert(pair.second);
  }
  for (const Found& pair : found) {
    if (was[pair.before].locked) used.insert(was[pair.before].person_id);  // nobody else's
  }
  const std::set<int> people(ids.begin(), ids.end());
  for (const int id : people) {
    if (id <= 0 || renamed.contains(id)) continue;
    int free = id;
    for (int next = 1; used.contains(free); ++next) free = next;
    renamed[id] = free;
    used.insert(free);
  }
  for (int& id : ids) id = id > 0 ? renamed.at(id) : id;
}

// Who has a locked person's number in a picture that shows this person elsewhere takes the number that the
// locked detection had.
void hold(const std::vector<Found>& found, const std::vector<Detection>& was,
          const std::vector<Detection>& is, std::vector<int>& ids) {
  for (const Found& pair : found) {
    const int id = was[pair.before].person_id, other = ids[pair.now];
    if (id == other || !was[pair.before].locked) continue;
    for (std::size_t n = 0; n < ids.size() && id > 0; ++n) {
      if (ids[n] == id && is[n].view == is[pair.now].view) ids[n] = other;
    }
    ids[pair.now] = id;
  }
}

}  // namespace

bool keeps_decisions(const Reconstruction& reconstruction) {
  const std::vector<Detection>& detections = reconstruction.frames.front().detections;
  return std::any_of(detections.begin(), detections.end(), [](const Detection& d) { return d.locked; }) ||
         std::any_of(reconstruction.views.begin(), reconstruction.views.end(),
                     [](const ReconstructedView& view) { return view.left_out; });
}

std::shared_ptr<const Reconstruction> with_kept_decisions(const Reconstruction& before,
                                                          std::shared_ptr<const Reconstruction> now,
                                                          const Progress& progress) {
  const std::vector<Detection>&was = before.frames.front().detections, &is = now->frames.front().detections;
  const std::vector<Found> found = found_again(before, *now);
  Decisions decided = decisions(*now);
  renumber(found, was, decided.person_ids);
  hold(found, was, is, decided.person_ids);
  std::vector<int> locked;
  for (const Found& pair : found) {
    if (!was[pair.before].locked) continue;
    decided.left_out[pair.now] = was[pair.before].left_out;
    locked.push_back(pair.now);
  }
  for (const ReconstructedView& view : before.views) {
    const int same = view_named(*now, view.name);
    if (same >= 0) decided.views_left_out[same] = view.left_out;
  }
  if (decided != decisions(*now)) now = with_decisions(*now, decided, progress);
  now = with_locks(*now, locked, true);
  for (const Person& person : before.people) {
    const auto is_theirs = [&](const Found& pair) { return was[pair.before].person_id == person.id; };
    if (!person.name.empty() && std::any_of(found.begin(), found.end(), is_theirs))
      now = with_name(*now, person.id, person.name);
  }
  return now;
}

}  // namespace ahap
