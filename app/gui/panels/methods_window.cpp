#include "app/gui/panels/methods_window.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/gui/formatted.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/bytes_text.h"

namespace ahap {

using theme::px;

namespace {

constexpr const char* kNothing = "\xE2\x80\x93";
constexpr float kWidth = 880, kPadding = 16, kRow = 30, kHeadings = 40;  // before scaling
constexpr float kTick = 30, kLeastName = 96;
constexpr int kMostRows = 7;  // seen at once

std::string shown(const char* format, const std::optional<double>& value, double times = 1) {
  return value ? formatted(format, *value * times) : kNothing;
}

std::string count_text(std::size_t count) {
  if (count >= 1'000'000) return formatted("%.2f M", double(count) / 1e6);
  return count >= 10'000 ? formatted("%.0f k", double(count) / 1e3) : std::to_string(count);
}

// One figure of a method.
struct Column {
  const char* heading;
  float width;  // before scaling
  const char* explanation;
  std::string (*text)(const MethodRun& run, const ComparedMethods& all);
};

constexpr std::array<Column, 5> kFound = {
    {{"time", 58, "What the run took, without loading the model.",
      [](const MethodRun& run, const ComparedMethods&) { return formatted("%.1f s", run.run_seconds); }},
     {"memory", 66,
      "The most memory that the program held while the method ran, with all else that it holds.",
      [](const MethodRun& run, const ComparedMethods&) {
        return run.peak_memory > 0 ? bytes_text(std::uint64_t(run.peak_memory * 1024 * 1024)) : kNothing;
      }},
     {"cameras", 60, "Views whose camera was found.",
      [](const MethodRun& run, const ComparedMethods& all) {
        return std::to_string(run.cameras) + " of " + std::to_string(all.views);
      }},
     {"people", 52, "People who have a body.",
      [](const MethodRun& run, const ComparedMethods&) { return std::to_string(run.people); }},
     {"points", 60, "Points of the cloud.",
      [](const MethodRun& run, const ComparedMethods&) { return count_text(run.points); }}}};

const std::optional<ResultDifference>& difference(const MethodRun& run) {
  return run.difference;
}

constexpr std::array<Column, 5> kDifferences = {
    {{"rotation", 62,
      "Mean angle between how two cameras are turned to each other here and there, over all pairs of "
      "cameras.",
      [](const MethodRun& run, const ComparedMethods&) {
        return shown("%.1f\xC2\xB0", difference(run)->rotation, 180 / M_PI);
      }},
     {"centres", 60,
      "Mean distance of the cameras' centres after all cameras of both were laid on each other: turned, "
      "moved "
      "and scaled. Needs three cameras.",
      [](const MethodRun& run, const ComparedMethods&) {
        return shown("%.0f cm", difference(run)->centres, 100);
      }},
     {"joints", 58,
      "Mean distance of people's joints after the cameras of both were laid on each other: turned, moved and "
      "scaled. Of people who stand within a metre of somebody in the other result.",
      [](const MethodRun& run, const ComparedMethods&) {
        return shown("%.0f cm", difference(run)->joints, 100);
      }},
     {"identity", 60,
      "Share of the boxes in the photos around which both see the same person, under the best naming of "
      "people. A box that one of them lacks counts against it.",
      [](const MethodRun& run, const ComparedMethods&) {
        return shown("%.0f %%", difference(run)->identities, 100);
      }},
     {"time", 62, "How much longer the run took.", [](const MethodRun& run, const ComparedMethods& all) {
        const MethodRun& other = all.runs[std::size_t(all.reference)];
        return formatted("%+.1f s", run.run_seconds - other.run_seconds);
      }}}};

template <std::size_t N>
float width_of(const std::array<Column, N>& columns) {
  float width = 0;
  for (const Column& column : columns) width += px(column.width);
  return width;
}

// Where the parts of a row are, from its left end.
struct Places {
  float name, name_width, found, differences, end;
};

Places places(float available) {
  const float figures = width_of(kFound) + width_of(kDifferences);
  const float name_width = std::max(px(kLeastName), available - px(kTick) - figures);
  const float found = px(kTick) + name_width;
  return {px(kTick), name_width, found, found + width_of(kFound), found + figures};
}

void small_text(ImVec2 at, const std::string& text, ImU32 color) {
  ImFont* font = theme::fonts().small;
  ImGui::GetWindowDrawList()->AddText(font, font->FontSize, at, color, text.c_str());
}

float small_width(const std::string& text) {
  ImFont* font = theme::fonts().small;
  return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x;
}

bool mouse_in(ImVec2 low, ImVec2 high) {
  return ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(low, high);
}

void explain(const std::string& text) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(10), px(8)));
  ImGui::BeginTooltip();
  ImGui::PushFont(theme::fonts().small);
  ImGui::PushTextWrapPos(px(320));
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
  ImGui::EndTooltip();
  ImGui::PopStyleVar();
}

// Texts of a row's figures, at the right of their columns; the one under the mouse is explained.
template <std::size_t N, typename Text>
void figures(const std::array<Column, N>& columns, ImVec2 at, float height, const Text& text, ImU32 color) {
  const float top = at.y + (height - theme::fonts().small->FontSize) / 2;
  for (const Column& column : columns) {
    const float right = at.x + px(column.width);
    const std::string what = text(column);
    small_text({right - px(4) - small_width(what), top}, what, color);
    if (mouse_in({at.x, at.y}, {right, at.y + height})) explain(column.explanation);
    at.x = right;
  }
}

void headings(const Places& place) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float line = px(kHeadings) / 2;
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const auto group = [&](float from, float to, const std::string& text) {
    small_text({at.x + to - px(4) - small_width(text), at.y + px(2)}, text, theme::colors().muted);
    canvas->AddLine({at.x + from + px(10), at.y + line}, {at.x + to - px(4), at.y + line},
                    theme::colors().line);
  };
  group(place.found, place.differences, "result");
  group(place.differences, place.end, "difference from the reference");
  const auto heading = [](const Column& column) { return std::string(column.heading); };
  figures(kFound, {at.x + place.found, at.y + line}, line, heading, theme::colors().muted);
  figures(kDifferences, {at.x + place.differences, at.y + line}, line, heading, theme::colors().muted);
  ImGui::Dummy({place.end, px(kHeadings)});
}

// What a row of the table is about.
struct Row {
  const MethodOffer& offer;
  int run = -1;      // index into the compared methods, -1: none
  int waiting = -1;  // place in the comparison that goes on, -1: it is not, or is done
};

Row row_of(const Session& session, const MethodOffer& offer) {
  Row row{.offer = offer};
  const std::vector<Method>& comparing = session.comparing();
  const auto asked = std::find(comparing.begin(), comparing.end(), offer.method);
  const std::size_t place = std::size_t(asked - comparing.begin());
  if (asked != comparing.end() && place >= session.compared_count()) {
    row.waiting = int(place - session.compared_count());
    return row;
  }
  const std::vector<Method>& done = session.compared_methods().methods;
  const auto found = std::find(done.begin(), done.end(), offer.method);
  if (found != done.end()) row.run = int(found - done.begin());
  return row;
}

// In the columns of the figures.
void row_sentence(const Places& place, ImVec2 at, const std::string& text, ImU32 color) {
  ImGui::SetCursorScreenPos(
      {at.x + place.found + px(16), at.y + (px(kRow) - theme::fonts().small->FontSize) / 2});
  ImGui::PushFont(theme::fonts().small);
  widgets::shortened(text, place.end - place.found - px(20), color);
  ImGui::PopFont();
}

std::string seconds_to_load(const MethodRun& run) {
  return run.load_seconds >= 0.05 ? "Loading the model took " + formatted("%.1f s", run.load_seconds) + "."
                                  : "The model was loaded before.";
}

void row_figures(const ComparedMethods& compared, int index, const Places& place, ImVec2 at) {
  const MethodRun& run = compared.runs[std::size_t(index)];
  const auto text = [&](const Column& column) { return column.text(run, compared); };
  figures(kFound, {at.x + place.found, at.y}, px(kRow), text, theme::colors().text);
  const ImVec2 rest(at.x + place.differences, at.y);
  if (run.difference) return figures(kDifferences, rest, px(kRow), text, theme::colors().text);
  const std::string reference = "reference";
  small_text({at.x + place.end - px(4) - small_width(reference),
              at.y + (px(kRow) - theme::fonts().small->FontSize) / 2},
             reference, theme::colors().faint);
}

void tick(Frame& frame, const MethodOffer& offer, const std::vector<Method>& chosen) {
  bool on = std::find(chosen.begin(), chosen.end(), offer.method) != chosen.end();
  ImGui::BeginDisabled(!offer.refusal.empty() || !frame.session.comparing().empty());
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(1), px(1)));
  const bool changed = ImGui::Checkbox("##chosen", &on);
  ImGui::PopStyleVar();
  ImGui::EndDisabled();
  widgets::hint("Compare it with the others");
  if (!changed) return;
  std::set<std::string> names;
  for (const Method& method : chosen) names.insert(method.name);
  on ? void(names.insert(offer.method.name)) : void(names.erase(offer.method.name));
  frame.methods.chosen = names;
}

void row_menu(Session& session, int run) {
  if (!ImGui::BeginPopupContextItem("method menu")) return;
  const ComparedMethods& compared = session.compared_methods();
  if (ImGui::MenuItem("Measure the others from this one", nullptr, compared.reference == run))
    session.choose_reference(run);
  ImGui::EndPopup();
}

// The part of a row that can be clicked, and how it is lit.
void row_button(Frame& frame, const Row& row, const Places& place, ImVec2 at) {
  Session& session = frame.session;
  const bool can_be_shown = session.can_show_method(row.run);
  ImGui::SetCursorScreenPos({at.x + place.name, at.y});
  const bool pressed = ImGui::InvisibleButton("method", {place.end - place.name, px(kRow)});
  const bool hovered = can_be_shown && ImGui::IsItemHovered();
  const bool is_shown = row.run >= 0 && row.run == session.compared_methods().shown;
  if (hovered || is_shown)
    ImGui::GetWindowDrawList()->AddRectFilled(
        {at.x + place.name - px(6), at.y}, {at.x + place.end, at.y + px(kRow) - 1},
        is_shown ? theme::colors().hovered : theme::colors().raised, px(4));
  if (can_be_shown) row_menu(session, row.run);
  if (pressed && can_be_shown) session.show_method(row.run);
}

void row_name(const Row& row, const ComparedMethods& compared, const Places& place, ImVec2 at) {
  const bool is_shown = row.run >= 0 && row.run == compared.shown;
  const float room = place.name_width - px(is_shown ? 22 : 0);
  ImGui::SetCursorScreenPos({at.x + place.name, at.y + (px(kRow) - ImGui::GetTextLineHeight()) / 2});
  widgets::shortened(row.offer.method.title, room,
                     row.offer.refusal.empty() ? theme::colors().text : theme::colors().faint);
  if (is_shown)
    draw_icon(ImGui::GetWindowDrawList(), Icon::eye,
              {at.x + place.name + place.name_width - px(10), at.y + px(kRow) / 2}, px(14),
              theme::colors().muted);
}

void table_row(Frame& frame, const Row& row, const Places& place, const std::vector<Method>& chosen) {
  const ComparedMethods& compared = frame.session.compared_methods();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(row.offer.method.name.c_str());
  row_button(frame, row, place, at);
  ImGui::SetCursorScreenPos({at.x, at.y + px(5)});
  tick(frame, row.offer, chosen);
  row_name(row, compared, place, at);
  const MethodRun* run = row.run >= 0 ? &compared.runs[std::size_t(row.run)] : nullptr;
  if (row.waiting >= 0) {
    row_sentence(place, at, row.waiting == 0 ? "running\xE2\x80\xA6" : "waits",
                 row.waiting == 0 ? theme::colors().text : theme::colors().faint);
  } else if (run && run->result) {
    row_figures(compared, row.run, place, at);
    if (mouse_in({at.x + place.name, at.y}, {at.x + place.found, at.y + px(kRow)}))
      explain(run->method + "\n" + seconds_to_load(*run) +
              "\nA click shows this result; a right click measures the others from it.");
  } else if (run) {
    row_sentence(place, at, run->problem, theme::colors().warning);
  } else {
    row_sentence(place, at, row.offer.refusal.empty() ? "not compared yet" : row.offer.refusal,
                 theme::colors().faint);
  }
  ImGui::SetCursorScreenPos({at.x, at.y + px(kRow)});
  ImGui::Dummy({0, 0});
  ImGui::PopID();
}

void table(Frame& frame, const std::vector<MethodOffer>& offers, const std::vector<Method>& chosen,
           float width) {
  const bool all = frame.methods.lists_refused;
  const auto listed = [&](const MethodOffer& offer) { return all || offer.refusal.empty(); };
  const int rows = int(std::count_if(offers.begin(), offers.end(), listed));
  const float bar = ImGui::GetStyle().ScrollbarSize;
  const float most = ImGui::GetIO().DisplaySize.y - px(kHeadings + 190);
  const float seen = px(kHeadings) + px(kRow) * float(std::clamp(rows, 1, kMostRows));
  const bool scrolls = rows > kMostRows || seen > most;
  const Places place = places(width - (scrolls ? bar : 0));
  const float height = seen + (place.end > width ? bar : 0);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), 0));
  ImGui::BeginChild("table", {width, std::min(height, most)}, false, ImGuiWindowFlags_HorizontalScrollbar);
  headings(place);
  if (!frame.models.looked()) widgets::small_muted("Looking for models\xE2\x80\xA6");
  for (const MethodOffer& offer : offers)
    if (listed(offer)) table_row(frame, row_of(frame.session, offer), place, chosen);
  ImGui::EndChild();
  ImGui::PopStyleVar();
}

void refused_toggle(MethodDesk& desk, const std::vector<MethodOffer>& offers) {
  const auto refused = std::count_if(offers.begin(), offers.end(),
                                     [](const MethodOffer& offer) { return !offer.refusal.empty(); });
  if (refused == 0) return;
  ImGui::PushFont(theme::fonts().small);
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::Dummy({0, px(2)});
  const std::string label =
      (desk.lists_refused ? "Hide the " : "Show the ") + std::to_string(refused) + " that cannot run here";
  if (ImGui::Button((label + "###refused").c_str())) desk.lists_refused = !desk.lists_refused;
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void title(Frame& frame, float width) {
  Session& session = frame.session;
  const ComparedMethods& compared = session.compared_methods();
  ImGui::AlignTextToFramePadding();
  widgets::heading("Compare methods");
  const int number = compared.runs.empty() ? session.frame() : compared.frame;
  if (session.frame_count() > 1) {
    ImGui::SameLine(0, px(12));
    widgets::muted("frame " + std::to_string(number));
  }
  if (compared.reference >= 0) {
    constexpr float kReference = 190;
    ImGui::SameLine(px(kPadding) + width - px(30 + 8 + kReference));
    ImGui::SetNextItemWidth(px(kReference));
    const std::string& name = compared.runs[std::size_t(compared.reference)].method;
    if (ImGui::BeginCombo("##reference", ("reference: " + name).c_str())) {
      for (int i = 0; i < int(compared.runs.size()); ++i) {
        const MethodRun& run = compared.runs[std::size_t(i)];
        if (run.result &&
            ImGui::Selectable((run.method + "##" + std::to_string(i)).c_str(), i == compared.reference))
          session.choose_reference(i);
      }
      ImGui::EndCombo();
    }
    widgets::hint("The others are measured from this one.");
  }
  ImGui::SameLine(px(kPadding) + width - px(30));
  if (widgets::icon_button("##close", Icon::close, "Close  (Esc)", px(30))) frame.methods.open = false;
}

// "2 of 3: photo, people", what to do next, or why nothing can be done.
std::string status(const Session& session, std::size_t chosen) {
  const Job::State run = session.run_state();
  if (!session.comparing().empty()) {
    if (run.phase == Job::Phase::stopping) return "Stopping\xE2\x80\xA6";
    return run.stages.empty() ? "Starting\xE2\x80\xA6" : run.stages.back().name;
  }
  if (run.active()) return "Another run goes on.";
  if (session.compared_methods().reference >= 0)
    return "A click on a row, or the keys , and . show its result from the same place.";
  return chosen < 2 ? "Choose two methods or more." : "They run one after the other on the shown frame.";
}

void footer(Frame& frame, const std::vector<Method>& chosen, float width) {
  constexpr float kButton = 176, kCopy = 36;
  Session& session = frame.session;
  const ComparedMethods& compared = session.compared_methods();
  const bool comparing = !session.comparing().empty();
  const float left = ImGui::GetCursorPosX(), top = ImGui::GetCursorPosY();
  const Job::State run = session.run_state();
  ImGui::PushFont(theme::fonts().small);
  ImGui::SetCursorPosY(top + px(comparing ? 4 : 9));
  widgets::shortened(status(session, chosen.size()), width - px(kButton + kCopy + 24), theme::colors().muted);
  ImGui::PopFont();
  if (comparing && !run.stages.empty()) {
    ImGui::SetCursorPos({left, top + px(26)});
    widgets::progress_bar(float(run.stages.back().fraction), width - px(kButton + kCopy + 32), px(4),
                          theme::colors().accent);
  }
  ImGui::SetCursorPos({left + width - px(kButton + kCopy + 8), top});
  ImGui::BeginDisabled(compared.reference < 0);
  if (widgets::icon_button("##copy", Icon::copy, "Copy the table (Markdown)", px(kCopy),
                           compared.reference < 0 ? theme::colors().faint : 0))
    ImGui::SetClipboardText(method_table(session.capture_name(), compared.views, compared.runs).c_str());
  ImGui::EndDisabled();
  ImGui::SetCursorPos({left + width - px(kButton), top});
  if (comparing) {
    ImGui::BeginDisabled(run.phase == Job::Phase::stopping);
    if (ImGui::Button("Cancel", {px(kButton), px(36)})) session.stop();
    widgets::hint("What is done stays.");
    ImGui::EndDisabled();
    return;
  }
  ImGui::BeginDisabled(chosen.size() < 2 || run.active());
  const std::string label =
      chosen.size() < 2 ? "Compare" : "Compare " + std::to_string(chosen.size()) + " methods";
  if (widgets::primary_button((label + "###compare").c_str(), px(kButton))) session.compare(chosen);
  ImGui::EndDisabled();
}

// A window that has grown moves up.
void keep_inside() {
  if (ImGui::IsWindowAppearing()) return;  // its size is not known yet
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize(), screen = ImGui::GetIO().DisplaySize;
  const ImVec2 inside(std::clamp(at.x, 0.0f, std::max(0.0f, screen.x - size.x)),
                      std::clamp(at.y, 0.0f, std::max(0.0f, screen.y - size.y - px(8))));
  if (inside.x != at.x || inside.y != at.y) ImGui::SetWindowPos(inside);
}

}  // namespace

std::vector<MethodOffer> offers_here(const Frame& frame) {
  if (!frame.models.looked() || !frame.session.capture()) return {};
  int views = 0;
  for (int camera = 0; camera < int(frame.session.capture()->cameras.size()); ++camera)
    views += frame.session.uses(camera);
  return method_offers(frame.models, frame.session.options.load.model, views);
}

void methods_window(Frame& frame, float left, float right) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float width = std::min(px(kWidth), screen.x - px(16));
  const std::vector<MethodOffer> offers = offers_here(frame);
  const std::vector<Method> chosen = chosen_methods(frame.methods, offers);
  const float most = screen.x - width - px(8);
  const float from = std::max(px(8), std::min(most, std::max(left, (left + right - width) / 2)));
  ImGui::SetNextWindowPos({from, screen.y - px(8)}, ImGuiCond_Appearing, {0, 1});
  ImGui::SetNextWindowSize({width, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(kPadding), px(12)));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(6));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme::colors().panel);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::colors().panel);
  ImGui::Begin("Methods", nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoScrollbar);
  ImGui::PopStyleVar(3);
  keep_inside();
  const float inside = width - 2 * px(kPadding);
  title(frame, inside);
  table(frame, offers, chosen, inside);
  refused_toggle(frame.methods, offers);
  footer(frame, chosen, inside);
  ImGui::End();
  ImGui::PopStyleColor(2);
}

}  // namespace ahap
