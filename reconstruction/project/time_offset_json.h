#pragma once

#include <string>

#include "reconstruction/camera_offset.h"
#include "reconstruction/formats/json_file.h"

namespace ahap {

// A view's time_offset in JSON, as exports have it (docs/formats.md); the view may have none.
template <typename Json>
Json time_offset_json(const CameraOffset& offset) {
  return {{"source", source_name(offset.source)},
          {"seconds", offset.seconds},
          {"drift", offset.drift},
          {"sigma", offset.sigma}};
}

inline CameraOffset time_offset_of(const JsonReader& in, const JsonReader::Json& view,
                                   const std::string& where) {
  constexpr double kFarthest = 1e30;
  CameraOffset offset;
  if (!in.has(view, "time_offset")) return offset;
  const std::string here = where + ".time_offset";
  const JsonReader::Json& json = in.field(view, where, "time_offset");
  if (!json.is_object()) in.fail(here, "an object");
  const std::string source = in.text(json, here, "source");
  using enum CameraOffset::Source;
  for (const CameraOffset::Source named : {none, sound, motion, hand})
    if (source == source_name(named)) offset.source = named;
  if (source != source_name(offset.source)) in.fail(here + ".source", "none, sound, motion or hand");
  if (offset.source == none) return offset;
  offset.seconds = in.number(json, here, "seconds", -kFarthest, kFarthest);
  offset.drift = in.number(json, here, "drift", -kFarthest, kFarthest);
  offset.sigma = in.number(json, here, "sigma", 0, kFarthest);
  return offset;
}

}  // namespace ahap
