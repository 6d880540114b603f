// What a session takes back and brings back.

#include <set>
#include <utility>

#include "app/gui/session.h"
#include "reconstruction/corrections.h"

namespace ahap {

namespace {

// Bytes, roughly; clouds that are in `counted` are not counted again.
std::size_t bytes_of(const Reconstruction& result, std::set<const void*>& counted) {
  std::size_t bytes = 0;
  for (const ReconstructedFrame& frame : result.frames) {
    for (const Image& picture : frame.pictures) bytes += picture.rgb.size();
    if (counted.insert(frame.points.get()).second) bytes += frame.points->bytes();
    bytes += frame.detections.size() * (sizeof(Detection) + kSmplJoints * sizeof(Eigen::Vector2d));
  }
  for (const Person& person : result.people)
    for (const BodyInFrame& body : person.bodies)
      bytes += sizeof body +
               (body.mesh.positions.size() + body.mesh.normals.size() + body.mesh.triangles.size()) * 12;
  if (result.run) bytes += result.run->bytes(counted);
  return bytes;
}

}  // namespace

void Session::remember(std::string what, Document before) {
  redo_.clear();
  undo_.push_back({std::move(what), std::move(before)});
  std::set<const void*> counted;
  std::size_t bytes = 0;
  for (std::size_t i = undo_.size(); i-- > 0;) {
    const auto count = [&](const std::shared_ptr<const Reconstruction>& result) {
      if (result && counted.insert(result.get()).second) bytes += bytes_of(*result, counted);
    };
    const Document& document = undo_[i].document;
    count(document.result);
    for (const MethodRun& run : document.methods.runs) count(run.result);
    for (const EditedResult& kept : document.methods.kept) count(kept.result);
    if (bytes <= undo_memory) continue;
    undo_.erase(undo_.begin(), undo_.begin() + std::ptrdiff_t(i + 1));
    return;
  }
}

void Session::go_to(std::vector<Step>& from, std::vector<Step>& to) {
  if (from.empty() || job_.state().active() || opening_) return;
  Step step = std::move(from.back());
  from.pop_back();
  std::swap(step.document, now_);
  to.push_back(std::move(step));
  if (now_.reader) now_.reader = readers_of(*now_.capture).first;
  awaited_.reset();
  pictures_of_ = -1;
  request_pictures(now_.frame);
}

void Session::undo() {
  go_to(undo_, redo_);
}

void Session::redo() {
  go_to(redo_, undo_);
}

std::string Session::undoable() const {
  return undo_.empty() ? "" : undo_.back().what;
}

std::string Session::redoable() const {
  return redo_.empty() ? "" : redo_.back().what;
}

}  // namespace ahap
