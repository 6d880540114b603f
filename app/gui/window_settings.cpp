#include "app/gui/window_settings.h"

#include <nlohmann/json.hpp>

#include "app/gui/project_settings.h"
#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/formats/settings.h"

namespace ahap {
namespace {

template <typename Visitor>
void list_window(Visitor& visitor, WindowSettings& s) {
  visitor.value("width", s.width, 800, 20'000);
  visitor.value("height", s.height, 560, 20'000);
  visitor.value("maximized", s.maximized);
  visitor.value("left", s.left, 240, 480);
  visitor.value("right", s.right, 280, 560);
  visitor.value("panels_hidden", s.panels_hidden);
  visitor.value("light", s.light);
  visitor.value("text_scale", s.text_scale, kSmallestText, kLargestText);
  visitor.section("exports", [&](auto& inner) {
    for (const ExportFormat& format : export_formats()) inner.value(format.name, s.exports.*format.selected);
  });
}

std::filesystem::path file_in(const std::filesystem::path& state) {
  return state / "window.json";
}

ViewState of_no_capture(ViewState view) {
  view.hidden_people.clear();
  view.hovered = view.selected = {};
  view.look_through = view.photo = -1;
  return view;
}

}  // namespace

WindowSettings read_window_settings(const std::filesystem::path& state) {
  std::error_code ignored;
  if (state.empty() || !std::filesystem::exists(file_in(state), ignored)) return {};
  try {
    const std::filesystem::path file = file_in(state);
    const JsonReader in(file, "setup of the window");
    const nlohmann::ordered_json json = in.root();
    WindowSettings settings;
    SettingsReader reader(json, file.string());
    list_window(reader, settings);
    if (json.contains("model") && json["model"].is_string())
      settings.model = from_lossless_utf8(json["model"].get<std::string>());
    if (json.contains("view")) settings.view = of_no_capture(look_of(json["view"], file.string()).state);
    return settings;
  } catch (const std::exception&) {
    return {};
  }
}

void write_window_settings(const std::filesystem::path& state, const WindowSettings& settings) {
  if (state.empty()) return;
  WindowSettings copy = settings;
  SettingsWriter writer;
  list_window(writer, copy);
  writer.json["model"] = lossless_utf8(settings.model);
  writer.json["view"] = json_of(Look{.state = of_no_capture(settings.view), .turntable = {}});
  create_folder(state);
  safe_write(file_in(state), [&](std::ostream& out) { out << writer.json.dump(1) << "\n"; });
}

}  // namespace ahap
