#include "reconstruction/project/sources.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

#include "reconstruction/formats/fnv_hash.h"
#include "reconstruction/formats/input_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::streamoff kHashed = 16 << 10;  // bytes at either end of a file

bool has_size(const fs::path& file, const ProjectSource& source) {
  std::error_code ignored;
  return !source.mark || fs::file_size(file, ignored) == source.mark->size;
}

// The end of `path` with so many parts.
fs::path last_parts(const fs::path& path, int count) {
  fs::path end;
  for (fs::path rest = path; count > 0 && rest.has_filename(); --count, rest = rest.parent_path())
    end = end.empty() ? rest.filename() : rest.filename() / end;
  return end;
}

// Where a file may be, the likeliest first.
std::vector<fs::path> places_of(const fs::path& path, const ProjectSource& source, const fs::path& beside,
                                const fs::path& folder) {
  constexpr int kParts = 4;  // of a path that are looked for in a folder: take/camera/frames/1.jpg
  std::vector<fs::path> places;
  if (!source.relative.empty() && !beside.empty())
    places.push_back((beside / source.relative).lexically_normal());
  places.push_back(path);
  for (int parts = kParts; parts > 0 && !folder.empty(); --parts)
    places.push_back(folder / last_parts(path, parts));
  return places;
}

void replace(fs::path& path, const std::map<fs::path, fs::path>& now) {
  const auto found = now.find(path);
  if (found != now.end()) path = found->second;
}

std::shared_ptr<const Reconstruction> with_sources(const std::shared_ptr<const Reconstruction>& result,
                                                   const std::map<fs::path, fs::path>& now) {
  if (!result) return nullptr;
  auto moved = std::make_shared<Reconstruction>(*result);
  for (ReconstructedView& view : moved->views) {
    fs::path path = view.path;
    replace(path, now);
    view.path = path.string();
  }
  return moved;
}

}  // namespace

SourceMark mark_of_source(const fs::path& file) {
  std::ifstream in = open_input_file(file);
  in.seekg(0, std::ios::end);
  const std::streamoff size = in ? std::streamoff(in.tellg()) : 0;
  SourceMark mark{std::uint64_t(size), kFnvBasis};
  const auto add = [&](std::streamoff from, std::streamoff to) {
    std::string bytes(std::size_t(to - from), '\0');
    in.seekg(from);
    in.read(bytes.data(), to - from);
    mark.hash = fnv_hash(bytes, mark.hash);
  };
  errno = 0;
  add(0, std::min(size, kHashed));
  add(std::max(std::min(size, kHashed), size - kHashed), size);
  if (!in)
    throw std::runtime_error(file.string() + ": cannot be read: " + std::strerror(errno ? errno : EIO));
  return mark;
}

void mark_sources(Project& project) {
  for (const fs::path& file : source_files(project.capture)) {
    ProjectSource& source = project.sources[file];
    if (!source.mark && is_plain_file(file)) source.mark = mark_of_source(file);
  }
}

std::vector<fs::path> source_files(const Capture& capture) {
  std::vector<fs::path> files;
  std::set<fs::path> known;
  for (const CaptureCamera& camera : capture.cameras) {
    for (const fs::path& file : camera.paths)
      if (!file.empty() && known.insert(file).second) files.push_back(file);
  }
  return files;
}

FoundSources find_sources(const Project& project, const fs::path& beside, const fs::path& folder) {
  FoundSources found;
  for (const fs::path& file : source_files(project.capture)) {
    const auto known = project.sources.find(file);
    const ProjectSource source = known == project.sources.end() ? ProjectSource() : known->second;
    std::vector<fs::path> places = places_of(file, source, beside, folder);
    std::erase_if(places, [](const fs::path& place) { return !is_plain_file(place); });
    const auto best = std::find_if(places.begin(), places.end(),
                                   [&](const fs::path& place) { return has_size(place, source); });
    if (places.empty())
      found.missing.push_back(file);
    else
      found.now[file] = best == places.end() ? places.front() : *best;
  }
  return found;
}

Project with_sources(Project project, const std::map<fs::path, fs::path>& now) {
  for (CaptureCamera& camera : project.capture.cameras)
    for (fs::path& file : camera.paths) replace(file, now);
  std::map<fs::path, ProjectSource> sources;
  for (const auto& [file, source] : project.sources) {
    fs::path moved = file;
    replace(moved, now);
    sources[moved] = source;
  }
  project.sources = std::move(sources);
  const bool moves =
      std::any_of(now.begin(), now.end(), [](const auto& pair) { return pair.first != pair.second; });
  if (!moves) return project;
  project.result = with_sources(project.result, now);
  for (ProjectStep& step : project.undo) step.before = with_sources(step.before, now);
  return project;
}

std::vector<fs::path> changed_sources(const Project& project) {
  std::vector<fs::path> changed;
  for (const fs::path& file : source_files(project.capture)) {
    const auto known = project.sources.find(file);
    if (known == project.sources.end() || !known->second.mark || !is_plain_file(file)) continue;
    if (mark_of_source(file) != *known->second.mark) changed.push_back(file);
  }
  return changed;
}

}  // namespace ahap
