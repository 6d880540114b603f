#include "app/gui/window_settings.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "app/gui/theme.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using testing::TemporaryFolder;

TEST(WindowSettings, are_read_as_they_were_written) {
  const TemporaryFolder state;
  WindowSettings settings = {.width = 1234,
                             .height = 777,
                             .maximized = true,
                             .left = 300,
                             .right = 400,
                             .panels_hidden = true,
                             .light = true,
                             .text_scale = 1.21f,
                             .model = "compact"};
  settings.view.skeletons = true;
  settings.view.points = false;
  settings.exports.obj = false;
  write_window_settings(state / "ahap", settings);
  const WindowSettings read = read_window_settings(state / "ahap");
  EXPECT_EQ(read.width, 1234);
  EXPECT_EQ(read.height, 777);
  EXPECT_TRUE(read.maximized && read.panels_hidden && read.light);
  EXPECT_EQ(read.left, 300);
  EXPECT_EQ(read.right, 400);
  EXPECT_FLOAT_EQ(read.text_scale, 1.21f);
  EXPECT_EQ(read.model, "compact");
  EXPECT_EQ(read.view, settings.view);
  EXPECT_FALSE(read.exports.obj);
  EXPECT_TRUE(read.exports.glb && read.exports.json);
}

TEST(WindowSettings, keep_nothing_that_belongs_to_one_capture) {
  const TemporaryFolder state;
  WindowSettings settings;
  settings.view.selected.person = 2;
  settings.view.look_through = 1;
  settings.view.hidden_people = {3};
  write_window_settings(state / "ahap", settings);
  EXPECT_EQ(read_window_settings(state / "ahap").view, ViewState());
}

TEST(WindowSettings, are_those_of_a_first_time_where_the_file_makes_no_sense) {
  const TemporaryFolder state;
  EXPECT_EQ(read_window_settings(state / "nothing").width, WindowSettings().width);
  for (const char* text : {"", "{", "[]", R"({"width": -5})", R"({"width": 1e99, "light": true})",
                           R"({"text_scale": 50, "light": true})", R"({"view": 3, "light": true})"}) {
    std::ofstream(state / "window.json") << text;
    EXPECT_FALSE(read_window_settings(state / "").light) << text;
    EXPECT_EQ(read_window_settings(state / "").width, WindowSettings().width) << text;
  }
}

// WCAG 2's relative luminance and contrast.
double luminance(ImU32 color) {
  const auto linear = [&](int shift) {
    const double c = double(color >> shift & 255) / 255;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(IM_COL32_R_SHIFT) + 0.7152 * linear(IM_COL32_G_SHIFT) +
         0.0722 * linear(IM_COL32_B_SHIFT);
}

double contrast(ImU32 a, ImU32 b) {
  const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

TEST(Theme, texts_can_be_read_in_both_shades) {
  for (const theme::Shade shade : {theme::Shade::dark, theme::Shade::light}) {
    const theme::Applied before = theme::applied();
    theme::use({.fonts = {}, .scale = 1, .shade = shade, .letters = {}});
    const theme::Colors& colors = theme::colors();
    for (const ImU32 background : {colors.panel, colors.popup, colors.plate, colors.raised}) {
      for (const ImU32 text : {colors.text, colors.muted}) EXPECT_GE(contrast(text, background), 4.5);
      for (const ImU32 sign : {colors.warning, colors.error, colors.success})
        EXPECT_GE(contrast(sign, background), 4.5);
    }
    for (const ImU32 background : {colors.panel, colors.popup, colors.plate})
      EXPECT_GE(contrast(colors.faint, background), 4.5);
    EXPECT_GE(contrast(IM_COL32_WHITE, colors.accent), 4.5);
    theme::use(before);
  }
}

}  // namespace
}  // namespace ahap
