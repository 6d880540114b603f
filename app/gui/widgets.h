#pragma once

#include <imgui.h>

#include <string>

#include "app/gui/icons.h"

// The studio's few controls that Dear ImGui does not have. All of them take their colours and sizes from
// theme.h.
namespace ahap::widgets {

// A heading, with a muted note at the right end of its line.
void heading(const char* text, const std::string& note = {});
void muted(const std::string& text);
void small_muted(const std::string& text, ImU32 color = 0);
// One line cut to `width` pixels with an ellipsis in the middle, as file names want; the whole text on
// hovering.
void shortened(const std::string& text, float width, ImU32 color = 0);
// Explains the item before, when the mouse rests on it.
void hint(const char* text);

// The run's one important button; fills the width.
bool primary_button(const char* label, float width = -1);
// A square button with an icon.
bool icon_button(const char* id, Icon icon, const char* hint_text, float side = 0, ImU32 color = 0);
// A button with icon and label, where there is room for it, that stays pressed.
bool toggle(const char* label, Icon icon, bool* on, const char* hint_text, bool room = true);
// Label, then a slider over the rest of the line.
bool slider(const char* label, float* value, float low, float high, const char* format, float label_width);

void progress_bar(float fraction, float width, float height, ImU32 color);

// The person's number on the person's colour. Returns the size of the chip.
ImVec2 identity_chip(ImDrawList* canvas, ImVec2 top_left, int person_id, bool outlined = false);
ImVec2 identity_chip_size(int person_id);

// A strip between two areas that changes *size when dragged; direction +1 when the area before it grows to
// the right or down.
void splitter(const char* id, ImVec2 position, ImVec2 size, float* value, float direction, float least,
              float most);

}  // namespace ahap::widgets
