#include <algorithm>
#include <climits>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "app/memory_text.h"
#include "reconstruction/bytes_text.h"
#include "reconstruction/installation/packaged_model.h"
#include "reconstruction/models/published_weights.h"

namespace ahap {

using theme::px;

namespace {

constexpr const char* kDots = "\xE2\x80\xA6";

// Left and right edge of what is being written, in the window's coordinates.
struct Edges {
  float left, right;
  float column(float offset) const { return left + px(offset); }
};

// In window coordinates, also inside a group, which SameLine would count from.
void same_line_at(float x) {
  ImGui::SameLine();
  ImGui::SetCursorPosX(x);
}

void text(const std::string& shown, ImU32 color) {
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextUnformatted(shown.c_str());
  ImGui::PopStyleColor();
}

void text_at_right(const Edges& edges, const std::string& shown, ImU32 color) {
  same_line_at(edges.right - ImGui::CalcTextSize(shown.c_str()).x);
  text(shown, color);
}

float small_button_width(const char* label) {
  return ImGui::CalcTextSize(label, nullptr, true).x + px(16);
}

bool small_button(const char* label) {
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(8), px(2)));
  const bool pressed = ImGui::Button(label);
  ImGui::PopStyleVar();
  return pressed;
}

void link_button(const Edges& edges, const PublishedWeights& file) {
  constexpr const char* label = "Copy link";
  same_line_at(edges.right - small_button_width(label));
  ImGui::PushID(&file);
  if (small_button(label)) ImGui::SetClipboardText(file.page.c_str());
  ImGui::PopID();
  widgets::hint((file.page + "\nFile: " + file.file_name).c_str());
}

void icon_before_line(const Edges& edges, Icon icon, ImU32 color) {
  ImGui::SetCursorPosX(edges.left);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_icon(ImGui::GetWindowDrawList(), icon, {at.x + px(9), at.y + ImGui::GetTextLineHeight() / 2}, px(13),
            color);
  ImGui::SetCursorPosX(edges.column(28));
}

// A plate as high as its content.
template <typename Content>
void card(int id, const Content& content) {
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const float width = ImGui::GetContentRegionAvail().x, left = ImGui::GetCursorPosX();
  const ImVec2 low = ImGui::GetCursorScreenPos();
  canvas->ChannelsSplit(2);
  canvas->ChannelsSetCurrent(1);
  ImGui::PushID(id);
  ImGui::PushStyleColor(ImGuiCol_Button, theme::colors().hovered);  // the usual colours are the plate's own
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, theme::colors().active);
  ImGui::PushStyleColor(ImGuiCol_FrameBg, theme::colors().active);
  ImGui::SetCursorScreenPos({low.x + px(16), low.y + px(12)});
  ImGui::BeginGroup();
  content(Edges{left + px(16), left + width - px(16)});
  ImGui::EndGroup();
  ImGui::PopStyleColor(3);
  ImGui::PopID();
  const float bottom = ImGui::GetItemRectMax().y + px(12);
  canvas->ChannelsSetCurrent(0);
  canvas->AddRectFilled(low, {low.x + width, bottom}, theme::colors().raised, px(6));
  canvas->ChannelsMerge();
  ImGui::SetCursorScreenPos({low.x, bottom});
  ImGui::Dummy({width, px(2)});
}

void dropped_file(ModelInstaller& desk, const DroppedModelFile& dropped, const Edges& edges) {
  using Phase = DroppedModelFile::Phase;
  ImGui::PushFont(theme::fonts().strong);
  widgets::shortened(dropped.file.filename().string(), edges.right - edges.left - px(40));
  ImGui::PopFont();
  same_line_at(edges.right - px(24));
  const bool dismissed = widgets::icon_button(
      "##dismiss", Icon::close, dropped.phase == Phase::placing ? "Stop copying" : "Dismiss", px(24));
  ImGui::SetCursorPosX(edges.left);
  ImGui::PushTextWrapPos(edges.right);
  ImGui::PushFont(theme::fonts().small);
  switch (dropped.phase) {
    case Phase::looking:
      text(std::string("Looking at what it holds") + kDots, theme::colors().muted);
      break;
    case Phase::refused:
      text(dropped.text, theme::colors().error);
      break;
    case Phase::placed:
      text(dropped.found->holds + " is at " + dropped.text, theme::colors().success);
      break;
    case Phase::recognised:
    case Phase::placing: {
      const PublishedWeights* official = find_official_file(dropped.found->holds);
      text(dropped.found->holds + ", " + bytes_text(dropped.found->bytes) +
               (official ? ", licence " + official->licence : "") + ". Goes into " +
               desk.full_folder().string(),
           theme::colors().muted);
      if (!dropped.text.empty()) {
        ImGui::SetCursorPosX(edges.left);
        text(dropped.text, theme::colors().error);
      }
    }
  }
  ImGui::PopFont();
  ImGui::PopTextWrapPos();
  if (dropped.phase == Phase::placing) {
    ImGui::SetCursorPosX(edges.left);
    widgets::progress_bar(float(dropped.fraction), edges.right - edges.left, px(4), theme::colors().accent);
  }
  const int number = dropped.number;
  if (dropped.phase == Phase::recognised) {
    ImGui::BeginDisabled(desk.placing());
    ImGui::SetCursorPosX(edges.left);
    const bool copy = ImGui::Button("Copy it there", {px(132), px(30)});
    ImGui::SameLine();
    const bool link = ImGui::Button("Link to it", {px(110), px(30)});
    widgets::hint("Takes no space, but the file must stay where it is.");
    ImGui::EndDisabled();
    if (copy || link) desk.place(number, copy ? InstallMethod::copy : InstallMethod::link);
  }
  if (dismissed) desk.dismiss(number);
}

void model_part(const ModelPart& part, const Edges& edges) {
  const bool good = part.there && part.problem.empty();
  icon_before_line(edges, good ? Icon::check : Icon::warning,
                   good ? theme::colors().success : theme::colors().warning);
  text(purpose_of_part(part.part), theme::colors().muted);
  same_line_at(edges.column(176));
  if (!part.there) {
    text(part.file.filename().string() + " is missing", theme::colors().warning);
    if (const PublishedWeights* official = recommended_file(part.part)) link_button(edges, *official);
    return;
  }
  if (!part.problem.empty()) {
    ImGui::PushTextWrapPos(edges.right);
    text(part.problem, theme::colors().warning);
    ImGui::PopTextWrapPos();
    return;
  }
  const std::string holds = part.found ? part.found->holds : part.file.filename().string();
  widgets::shortened(holds + (part.licence.empty() ? "" : "  \xC2\xB7  " + part.licence),
                     edges.right - edges.column(176) - px(80));
  text_at_right(edges, bytes_text(part.bytes), theme::colors().muted);
}

void memory_line(const ModelInstaller& desk, const InstalledModel& model, const Edges& edges) {
  const MemoryEstimate needed = memory_estimate(model);
  if (needed.total() == 0) return;
  const bool enough = fits(needed, desk.memory());
  icon_before_line(edges, enough ? Icon::check : Icon::warning,
                   enough ? theme::colors().success : theme::colors().warning);
  text("memory", theme::colors().muted);
  same_line_at(edges.column(176));
  ImGui::PushTextWrapPos(edges.right);
  text(memory_text(needed) + ", " + bytes_text(desk.memory().available) + " are free",
       enough ? theme::colors().text : theme::colors().warning);
  widgets::hint(memory_parts(needed).c_str());
  if (!enough) {
    ImGui::SetCursorPosX(edges.column(176));
    text(memory_warning(desk.memory()), theme::colors().warning);
  }
  ImGui::PopTextWrapPos();
}

// At the right end of the line that was written last.
void install_button(ModelInstaller& desk, const Edges& edges, const char* label) {
  const float width = px(112);
  same_line_at(edges.right - width);
  if (desk.install().running()) {
    if (ImGui::Button("Cancel", {width, px(36)})) desk.stop_installing();
  } else if (widgets::primary_button(label, width)) {
    desk.install_photo();
  }
}

void install_state(const ModelInstall& install, const Edges& edges) {
  if (install.running()) {
    const std::uint64_t all = photo_model().archive_bytes;
    ImGui::SetCursorPosX(edges.left);
    text(install.stage == "download"
             ? "Downloading: " + bytes_text(std::uint64_t(install.fraction * double(all))) + " of " +
                   bytes_text(all)
             : (install.stage == "unpack" ? "Unpacking" : "Verifying checksums") + std::string(kDots),
         theme::colors().muted);
    ImGui::SetCursorPosX(edges.left);
    widgets::progress_bar(float(install.fraction), edges.right - edges.left, px(4), theme::colors().accent);
    ImGui::Dummy({0, px(4)});
  }
  if (install.phase == ModelInstall::Phase::failed) {
    ImGui::SetCursorPosX(edges.left);
    ImGui::PushTextWrapPos(edges.right);
    text(install.problem, theme::colors().error);
    ImGui::PopTextWrapPos();
    ImGui::Dummy({0, px(4)});
  }
}

void installable_model(ModelInstaller& desk, const Edges& edges) {
  const PackagedModel model = photo_model();
  ImGui::PushFont(theme::fonts().strong);
  ImGui::AlignTextToFramePadding();
  text(model.name, theme::colors().text);
  ImGui::PopFont();
  install_button(desk, edges, "Install");
  ImGui::PushFont(theme::fonts().small);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(4)));
  ImGui::SetCursorPosX(edges.left);
  text("Finds people in real photographs. Not installed: " + bytes_text(model.archive_bytes) +
           " to download, " + bytes_text(model.bytes()) + " on disk.",
       theme::colors().muted);
  install_state(desk.install(), edges);
  const auto line = [&](const std::string& what, const std::string& that) {
    ImGui::SetCursorPosX(edges.column(28));
    text(what, theme::colors().muted);
    same_line_at(edges.column(176));
    text(that, theme::colors().text);
  };
  for (const PackagedNetwork& network : model.networks) {
    line(purpose_of_part(network.part), network.holds + "  \xC2\xB7  " + network.licence);
    text_at_right(edges, bytes_text(network.bytes()), theme::colors().muted);
  }
  line("source", "npm " + model.package + " " + model.version + "  \xC2\xB7  MIT (packaging)");
  ImGui::PopStyleVar();
  ImGui::PopFont();
}

void installed_model(Frame& frame, const InstalledModel& model, const Edges& edges) {
  std::string& chosen = frame.session.options.load.model;
  const std::string name = model.directory.filename().string();
  const bool in_use = (chosen.empty() ? frame.models.default_model() : chosen) == name && !model.hidden;
  const bool usable = model.usable() && !model.hidden;
  ImGui::BeginDisabled(!usable);
  ImGui::PushFont(theme::fonts().strong);
  if (ImGui::RadioButton(model.name.c_str(), in_use) && !in_use) chosen = name;
  ImGui::PopFont();
  ImGui::EndDisabled();
  widgets::hint(usable ? "The next reconstruction uses it." : "It cannot be used as it is.");
  ImGui::PushFont(theme::fonts().small);
  text_at_right(edges,
                in_use         ? "in use"
                : model.hidden ? "hidden by another of this name"
                : usable       ? ""
                               : "incomplete",
                in_use ? theme::colors().accent_hovered : theme::colors().warning);
  ImGui::SetCursorPosX(edges.column(28));
  widgets::shortened(model.directory.string() + (model.licence.empty() ? "" : "  \xC2\xB7  " + model.licence),
                     edges.right - edges.column(28), theme::colors().faint);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(4)));
  if (!model.problem.empty()) {
    icon_before_line(edges, Icon::warning, theme::colors().warning);
    ImGui::PushTextWrapPos(edges.right);
    text(model.problem, theme::colors().warning);
    ImGui::PopTextWrapPos();
  }
  for (const ModelPart& part : model.parts) {
    ImGui::PushID(&part);
    model_part(part, edges);
    ImGui::PopID();
  }
  memory_line(frame.models, model, edges);
  if (model.kind == photo_model().kind && (!model.usable() || frame.models.install().running())) {
    ImGui::SetCursorPosX(edges.left);
    ImGui::AlignTextToFramePadding();
    text("Repairing downloads it again (" + bytes_text(photo_model().archive_bytes) + ").",
         theme::colors().muted);
    install_button(frame.models, edges, "Repair");
    install_state(frame.models.install(), edges);
  }
  ImGui::PopStyleVar();
  ImGui::PopFont();
}

// Models of published networks, whose weights lie beside those of the full model.
void choices_by_name(Frame& frame, const Edges& edges) {
  std::string& chosen = frame.session.options.load.model;
  for (const ModelChoice& choice : frame.models.choices()) {
    const bool ready = choice.missing.empty(), in_use = chosen == choice.name;
    ImGui::SetCursorPosX(edges.left);
    ImGui::BeginDisabled(!ready);
    if (ImGui::RadioButton(choice.title.c_str(), in_use) && !in_use) chosen = choice.name;
    ImGui::EndDisabled();
    widgets::hint(ready ? "The next reconstruction uses it." : "Fetch what is missing from the pages below.");
    same_line_at(edges.left + (edges.right - edges.left) * 0.46f);
    ImGui::PushFont(theme::fonts().small);
    widgets::shortened(ready ? choice.holds : choice.missing + " missing",
                       edges.right - ImGui::GetCursorPosX() - px(64),
                       ready ? theme::colors().muted : theme::colors().faint);
    if (in_use) text_at_right(edges, "in use", theme::colors().accent_hovered);
    ImGui::PopFont();
  }
}

void published_files(const std::vector<InstalledModel>& models) {
  const auto is_there = [&](const PublishedWeights& file) {
    return std::any_of(models.begin(), models.end(), [&](const InstalledModel& model) {
      const ModelPart* part = model.part(file.part);
      return part && part->found && part->found->holds == file.holds;
    });
  };
  ImGui::PushFont(theme::fonts().small);
  for (const PublishedWeights& file : published_weights()) {
    const float left = ImGui::GetCursorPosX();
    const Edges edges{left, left + ImGui::GetContentRegionAvail().x};
    const float width = edges.right - edges.left;
    if (is_there(file)) {
      icon_before_line(edges, Icon::check, theme::colors().success);
    } else {
      ImGui::SetCursorPosX(edges.column(28));
    }
    text(file.holds, theme::colors().text);
    same_line_at(edges.column(196));
    widgets::shortened(file.file_name, width * 0.24f, theme::colors().muted);
    same_line_at(edges.left + width * 0.52f);
    text(bytes_text(file.bytes), theme::colors().muted);
    same_line_at(edges.left + width * 0.62f);
    text(file.licence, theme::colors().muted);
    link_button(edges, file);
  }
  ImGui::PopFont();
}

}  // namespace

void models_overlay(Frame& frame, bool* open) {
  ModelInstaller& desk = frame.models;
  if (*open && !ImGui::IsPopupOpen("Models")) {
    ImGui::OpenPopup("Models");
    desk.look();
  }
  const ImVec2 window = ImGui::GetMainViewport()->Size;
  ImGui::SetNextWindowPos({window.x / 2, window.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::SetNextWindowSize({std::min(px(880), window.x - px(48)), std::min(px(860), window.y - px(64))});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(28), px(24)));
  if (ImGui::BeginPopupModal("Models", nullptr, ImGuiWindowFlags_NoDecoration)) {
    ImGui::PushFont(theme::fonts().title);
    ImGui::TextUnformatted("Models");
    ImGui::PopFont();
    ImGui::SameLine(ImGui::GetContentRegionMax().x - px(30));
    const bool closed = widgets::icon_button("##close", Icon::close, "Close  (Esc)");
    const bool elsewhere =
        ImGui::IsMouseClicked(0) && !ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows);

    ImGui::PushStyleColor(ImGuiCol_ChildBg, IM_COL32(0, 0, 0, 0));
    ImGui::BeginChild("models", {0, 0});
    for (int i = 0; i < int(desk.dropped().size()); ++i) {
      const DroppedModelFile dropped = desk.dropped()[std::size_t(i)];
      card(dropped.number, [&](const Edges& edges) { dropped_file(desk, dropped, edges); });
    }
    if (!desk.dropped().empty()) ImGui::Dummy({0, px(4)});

    widgets::heading("Installed", desk.memory().total ? bytes_text(desk.memory().available) + " of " +
                                                            bytes_text(desk.memory().total) + " memory free"
                                                      : "");
    if (!desk.looked()) widgets::small_muted(std::string("Looking") + kDots);
    for (int i = 0; i < int(desk.models().size()); ++i)
      card(-1 - i, [&](const Edges& edges) { installed_model(frame, desk.models()[std::size_t(i)], edges); });

    const bool has_photo =
        std::any_of(desk.models().begin(), desk.models().end(),
                    [](const InstalledModel& model) { return model.kind == photo_model().kind; });
    if (desk.looked() && !has_photo)
      card(INT_MIN, [&](const Edges& edges) { installable_model(desk, edges); });

    ImGui::Dummy({0, px(4)});
    widgets::heading("Networks by name");
    widgets::small_muted(
        "Depth Anything 3, Pi3, Pi3X or MASt3R for cameras and depth, with Multi-HMR for people; or Human3R "
        "or "
        "UniSH (one person) for a range of frames of one camera that moves.");
    card(INT_MIN + 1, [&](const Edges& edges) { choices_by_name(frame, edges); });

    ImGui::Dummy({0, px(4)});
    widgets::heading("Published networks and bodies");
    widgets::small_muted(
        "Not included, because of their licences or their size. Fetch one for cameras and depth (Depth "
        "Anything 3, Pi3, Pi3X or MASt3R with DUNE) and one for people (Multi-HMR), or Human3R or UniSH for "
        "one "
        "camera that moves, then drop the files onto this window.");
    published_files(desk.models());
    ImGui::EndChild();
    ImGui::PopStyleColor();
    if (closed || elsewhere) *open = false;
    if (!*open) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

}  // namespace ahap
