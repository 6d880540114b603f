#include "app/gui/label_painter.h"

#include <backends/imgui_impl_opengl3.h>

#include <algorithm>
#include <cfloat>

namespace ahap {
namespace {

// As scales: smaller ones cannot be drawn, and the atlas of larger ones exceeds what cards take.
constexpr float kSmallestLetters = 0.25f, kLargestLetters = 3;

}  // namespace

struct LabelPainter::Own {
  ImGuiContext* window = ImGui::GetCurrentContext();
  theme::Applied of_window = theme::applied();

  explicit Own(LabelPainter& painter) {
    ImGui::SetCurrentContext(painter.context_);
    theme::use(painter.theme_);
  }
  ~Own() {
    ImGui::SetCurrentContext(window);
    theme::use(of_window);
  }
};

LabelPainter::LabelPainter(float scale) : context_(nullptr), theme_(theme::applied()) {
  ImGuiContext* const window = ImGui::GetCurrentContext();
  ImGui::SetCurrentContext(nullptr);
  context_ = ImGui::CreateContext();
  ImGui::SetCurrentContext(window);
  const Own own(*this);
  ImGui::GetIO().IniFilename = nullptr;
  ImGui::GetIO().DisplaySize = {1, 1};
  ImGui_ImplOpenGL3_Init("#version 330 core");
  const float letters = std::clamp(scale, kSmallestLetters, kLargestLetters);
  theme::apply(letters, theme::Shade::dark, theme_.letters);
  theme_ = theme::applied();
  pixels_per_unit_ = scale / letters;
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();  // sets up what draw lists share
  canvas_ = std::make_unique<ImDrawList>(ImGui::GetDrawListSharedData());
}

LabelPainter::~LabelPainter() {
  ImGuiContext* const window = ImGui::GetCurrentContext();
  const theme::Applied of_window = theme::applied();
  ImGui::SetCurrentContext(context_);
  canvas_.reset();
  ImGui_ImplOpenGL3_Shutdown();
  ImGui::DestroyContext(context_);
  ImGui::SetCurrentContext(window);
  theme::use(of_window);
}

void LabelPainter::compose(const Eigen::Vector2f& size,
                           const std::function<void(ImDrawList&, ImVec2, float)>& draw) {
  const Own own(*this);
  const ImVec2 units(size.x() / pixels_per_unit_, size.y() / pixels_per_unit_);
  canvas_->_ResetForNewFrame();
  canvas_->PushTextureID(ImGui::GetIO().Fonts->TexID);
  canvas_->PushClipRect({0, 0}, units);
  draw(*canvas_, units, pixels_per_unit_);
}

void LabelPainter::paint(Viewport& viewport, const Eigen::Vector2f& corner, const Eigen::Vector2f& size) {
  const Own own(*this);
  ImDrawData data;
  data.Valid = true;
  data.DisplayPos = {corner.x() / pixels_per_unit_, corner.y() / pixels_per_unit_};
  data.DisplaySize = {size.x() / pixels_per_unit_, size.y() / pixels_per_unit_};
  data.FramebufferScale = {pixels_per_unit_, pixels_per_unit_};
#if IMGUI_VERSION_NUM >= 18980
  data.AddDrawList(canvas_.get());
#else
  ImDrawList* lists[] = {canvas_.get()};
  data.CmdLists = lists;
  data.CmdListsCount = 1;
  data.TotalVtxCount = canvas_->VtxBuffer.Size;
  data.TotalIdxCount = canvas_->IdxBuffer.Size;
#endif
  viewport.draw_over([&] { ImGui_ImplOpenGL3_RenderDrawData(&data); });
}

}  // namespace ahap
