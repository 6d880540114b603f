#include <algorithm>
#include <array>
#include <regex>
#include <stdexcept>

#include "reconstruction/export/exporters.h"

namespace ahap {
namespace {

constexpr std::array<ExportFormat, 11> kFormats = {{
    {"ply", &ExportSelection::ply, R"(points\.ply|people/(\d\d+\.ply)?)"},
    {"obj", &ExportSelection::obj, R"(people/(\d\d+\.(obj|mtl))?)"},
    {"glb", &ExportSelection::glb, R"(scene\.glb)"},
    {"colmap", &ExportSelection::colmap,
     R"(colmap/(images/.*|sparse/(0/((cameras|images|points3D)\.txt)?)?)?)"},
    {"npz", &ExportSelection::npz, R"(smplx?/(\d\d+(_smplh)?\.npz)?)"},
    {"json", &ExportSelection::json, R"(reconstruction\.json)"},
    {"bvh", &ExportSelection::bvh, R"(motion/(person_\d\d+\.bvh)?)"},
    {"trc", &ExportSelection::trc, R"(motion/(person_\d\d+\.trc)?)"},
    {"c3d", &ExportSelection::c3d, R"(motion/(person_\d\d+\.c3d)?)"},
    {"csv", &ExportSelection::csv, R"(motion/(joints\.csv)?)"},
    {"cameras", &ExportSelection::cameras, R"(cameras/(transforms\.json|(in|ex)tri\.yml|[\w-]+\.tum)?)"},
}};

}  // namespace

std::span<const ExportFormat> export_formats() {
  return kFormats;
}

ExportSelection export_selection(const std::vector<std::string>& names) {
  ExportSelection selection;
  if (names.empty()) return selection;
  for (const ExportFormat& format : kFormats) selection.*format.selected = false;
  for (const std::string& name : names) {
    const auto format =
        std::find_if(kFormats.begin(), kFormats.end(), [&](const ExportFormat& f) { return name == f.name; });
    if (format == kFormats.end()) throw std::invalid_argument("there is no export format '" + name + "'");
    selection.*format->selected = true;
  }
  return selection;
}

bool is_export_name(const std::string& path, const ExportSelection& selection) {
  static const auto patterns = [] {
    std::array<std::regex, kFormats.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = std::regex(kFormats[i].files);
    return all;
  }();
  for (std::size_t i = 0; i < patterns.size(); ++i)
    if (selection.*kFormats[i].selected && std::regex_match(path, patterns[i])) return true;
  return false;
}

}  // namespace ahap
