#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "app/gui/panels/panels.h"
#include "app/gui/panels/plate.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "app/time_left.h"

namespace ahap {

using theme::px;

namespace {

// What a stage does, for somebody who waits.
std::string sentence(const std::string& stage) {
  constexpr std::array<std::pair<std::string_view, const char*>, 15> sentences = {
      {{"decode", "Reading the pictures"},
       {"load model", "Loading the model"},
       {"prepare", "Preparing the pictures"},
       {"people", "Looking for people"},
       {"camera motion", "Following the cameras"},
       {"synchronise", "Bringing the cameras' clocks together"},
       {"who is who", "Telling who is who"},
       {"depth", "Estimating depth"},
       {"depth and cameras", "Estimating depth and cameras"},
       {"background", "Matching the background"},
       {"hidden people", "Looking for people who are hidden"},
       {"cameras", "Placing the cameras"},
       {"bodies", "Fitting bodies"},
       {"refinement", "Adjusting cameras and bodies together"},
       {"points", "Making the points"}}};
  for (const auto& [name, text] : sentences)
    if (name == stage) return text;
  return stage;
}

}  // namespace

void run_plate(const Frame& frame, ImVec2 origin, ImVec2 size) {
  const Job::State run = frame.session.run_state();
  if (!run.active()) return;
  const bool above_camera_bar = frame.state.look_through >= 0;
  const Plate plate("##run", {origin.x + size.x / 2, origin.y + size.y - px(above_camera_bar ? 122 : 76)},
                    {0.5f, 0});
  const bool stopping = run.phase == Job::Phase::stopping;
  const std::string doing = stopping             ? "Stopping"
                            : run.stages.empty() ? "Starting"
                                                 : sentence(run.stages.back().name);
  const std::optional<double> left = run.seconds_left ? run.seconds_left : frame.run_seconds_left;
  ImGui::Dummy({px(420), px(52)});
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  ImFont* large = theme::fonts().strong;
  canvas->AddText(large, large->FontSize, {low.x + px(10), low.y + px(8)}, theme::colors().text,
                  doing.c_str());
  if (left && !stopping) {
    const std::string text = time_left_text(*left);
    const float width = ImGui::CalcTextSize(text.c_str()).x;
    canvas->AddText({high.x - px(10) - width, low.y + px(8)}, theme::colors().muted, text.c_str());
  }
  const double whole = left ? run.seconds + *left : 0;
  const double done = whole > 0 ? run.seconds / whole : run.stages.empty() ? 0 : run.stages.back().fraction;
  ImGui::SetCursorScreenPos({low.x + px(10), high.y - px(14)});
  widgets::progress_bar(float(done), high.x - low.x - px(20), px(4), theme::colors().accent);
}

}  // namespace ahap
