#include "app/gui/file_dialog.h"

#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/capture/capture.h"
#include "reconstruction/capture/file_kind.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/project/project_file.h"

namespace ahap {

using theme::px;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 2000;  // of a folder

struct Words {
  const char *title, *button, *hint;
};

Words words_of(FileDialog::Purpose purpose) {
  if (purpose == FileDialog::Purpose::save) return {"Save project", "Save", "Path of the project file"};
  if (purpose == FileDialog::Purpose::locate)
    return {"Where are the pictures now?", "Look there", "Folder of the pictures"};
  if (purpose == FileDialog::Purpose::export_folder)
    return {"Export into", "Choose", "Folder of the export; a new one is made"};
  if (purpose == FileDialog::Purpose::add)
    return {"Add photos or videos", "Add", "Path of a photo, of a video, or of a folder of them"};
  return {"Open", "Open", "Path of a project, or of photos and videos"};
}

// The folder that a typed path is in; itself where it ends with a slash. Without a slash at its end.
fs::path folder_in(const std::string& text) {
  return expanded_path(text).parent_path();
}

}  // namespace

fs::path expanded_path(const std::string& text) {
  const char* home = std::getenv("HOME");
  if (text == "~" && home) return home;
  if (text.starts_with("~/") && home) return fs::path(home) / text.substr(2);
  return text;
}

void FileDialog::ask(Purpose purpose, std::string path, std::string note) {
  open_ = appearing_ = true;
  purpose_ = purpose;
  path_ = std::move(path);
  note_ = std::move(note);
  folder_.clear();
  entries_.clear();
  several_.clear();
}

// Folders first, then projects, then photos and videos.
std::vector<FileDialog::Entry> FileDialog::entries_of(const fs::path& folder, Purpose purpose) {
  const bool projects = purpose == Purpose::open || purpose == Purpose::save;
  const bool media = purpose == Purpose::open || purpose == Purpose::add;
  std::vector<Entry> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.') || found.size() >= kMostEntries) continue;
    std::error_code ignored;
    const FileKind kind = kind_by_name(at->path());
    if (at->is_directory(ignored)) {
      found.push_back({name, Entry::Kind::folder});
    } else if (projects && is_named_like_a_project(at->path())) {
      found.push_back({name, Entry::Kind::project});
    } else if (media && kind != FileKind::other) {
      found.push_back({name, kind == FileKind::picture ? Entry::Kind::picture : Entry::Kind::video});
    }
  }
  std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) {
    const auto group = [](const Entry& entry) { return std::min(entry.kind, Entry::Kind::picture); };
    return group(a) != group(b) ? group(a) < group(b) : natural_less(a.name, b.name);
  });
  return found;
}

void FileDialog::look() {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = std::exchange(found_, std::nullopt);
    if (found && found->first == folder_) {
      entries_ = found->second;
      looking_ = false;
    }
  }
  const fs::path folder = folder_in(path_);
  if (folder == folder_) return;
  folder_ = folder;
  entries_.clear();
  several_.clear();
  looking_ = true;
  thread_.drop_waiting();
  thread_.post([this, folder, purpose = purpose_](std::stop_token) {
    std::vector<Entry> found = entries_of(folder, purpose);
    {
      const std::scoped_lock lock(mutex_);
      found_.emplace(folder, std::move(found));
    }
    wake_();
  });
}

// The path as it will be used: a project's name ends with .ahap.
fs::path FileDialog::chosen() const {
  fs::path path = expanded_path(path_);
  if (purpose_ == Purpose::save && !is_named_like_a_project(path)) path += kProjectExtension;
  return path;
}

std::string FileDialog::texts() const {
  if (!open_) return {};
  std::string texts = path_;
  for (const Entry& entry : entries_) texts += entry.name;
  return texts;
}

bool FileDialog::field() {
  // Typing replaces the project's name, or else the whole path.
  const auto select_name = [](ImGuiInputTextCallbackData* field) {
    bool& wanted = *static_cast<bool*>(field->UserData);
    if (!std::exchange(wanted, false)) return 0;
    const std::string_view text(field->Buf, std::size_t(field->BufTextLen));
    const std::size_t start = text.rfind('/') + 1;  // 0 where there is none
    field->SelectionStart = int(start);
    field->SelectionEnd = int(start + fs::path(text.substr(start)).stem().string().size());
    field->CursorPos = field->SelectionEnd;
    return 0;
  };
  if (appearing_) ImGui::SetKeyboardFocusHere();
  select_name_ = select_name_ || (appearing_ && purpose_ == Purpose::save);
  appearing_ = false;
  ImGui::SetNextItemWidth(-1);
  const ImGuiInputTextFlags selects =
      purpose_ == Purpose::save ? ImGuiInputTextFlags_CallbackAlways : ImGuiInputTextFlags_AutoSelectAll;
  return ImGui::InputTextWithHint("##path", words_of(purpose_).hint, &path_,
                                  ImGuiInputTextFlags_EnterReturnsTrue | selects, select_name, &select_name_);
}

// One more of several photos and videos, or this alone.
void FileDialog::choose(const Entry& entry, bool one_more) {
  const std::string kept = purpose_ == Purpose::save ? expanded_path(path_).filename().string() : "";
  const bool media = entry.kind == Entry::Kind::picture || entry.kind == Entry::Kind::video;
  if (media && one_more && !several_.empty()) {
    if (several_.erase(entry.name) == 0) several_.insert(entry.name);
  } else {
    several_ = media ? std::set{entry.name} : std::set<std::string>();
  }
  path_ = (folder_ / entry.name).string();
  if (entry.is_folder()) path_ = (fs::path(path_) / kept).string();
  if (media && several_.size() != 1) path_ = (folder_ / "").string();
  if (media && several_.size() == 1) path_ = (folder_ / *several_.begin()).string();
}

std::string FileDialog::button() const {
  return several_.size() > 1
             ? std::string(words_of(purpose_).button) + " " + std::to_string(several_.size()) + " files"
             : words_of(purpose_).button;
}

// What the folder holds; true when a file was double-clicked.
bool FileDialog::entries() {
  bool taken = false;
  ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::colors().panel);
  ImGui::BeginChild("entries", {px(560), px(240)});
  const std::string name = expanded_path(path_).filename().string();
  const auto row = [&](const std::string& label, Icon icon, bool selected) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::string text = "        " + readable(label);
    const bool pressed = ImGui::Selectable((text + "##" + label).c_str(), selected,
                                           ImGuiSelectableFlags_AllowDoubleClick, {0, px(28)});
    draw_icon(ImGui::GetWindowDrawList(), icon, {at.x + px(18), at.y + px(14)}, px(16),
              icon == Icon::folder ? theme::colors().muted : theme::colors().accent_hovered);
    return pressed;
  };
  ImGui::PushStyleVar(ImGuiStyleVar_SelectableTextAlign, ImVec2(0, 0.5f));
  const std::string kept = purpose_ == Purpose::save ? name : "";
  if (folder_.has_relative_path() && row("..", Icon::folder, false))
    path_ = ((fs::path(folder_) / "").lexically_normal().parent_path().parent_path() / kept).string();
  constexpr std::array icons = {Icon::folder, Icon::body, Icon::pictures, Icon::play};  // by Entry::Kind
  for (const Entry& entry : entries_) {
    const bool marked = !entry.is_folder() && (entry.name == name || several_.contains(entry.name));
    if (!row(entry.name, icons[std::size_t(entry.kind)], marked)) continue;
    taken = !entry.is_folder() && ImGui::IsMouseDoubleClicked(0);
    choose(entry, ImGui::GetIO().KeyCtrl && !taken);
    break;
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
  ImGui::PopStyleColor();
  return taken;
}

std::vector<fs::path> FileDialog::draw() {
  if (!open_ && !closing_) return {};
  look();
  const Words words = words_of(purpose_);
  if (open_) ImGui::OpenPopup(words.title);
  const ImGuiViewport* window = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos({window->Size.x / 2, window->Size.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(28), px(24)));
  std::vector<fs::path> result;
  if (ImGui::BeginPopupModal(words.title, nullptr,
                             ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize)) {
    ImGui::PushFont(theme::fonts().title);
    ImGui::TextUnformatted(words.title);
    ImGui::PopFont();
    ImGui::Dummy({px(560), px(4)});
    if (!note_.empty()) {
      ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + px(560));
      widgets::muted(note_);
      ImGui::PopTextWrapPos();
    }
    const std::string before = path_;
    bool done = field();
    if (path_ != before) several_.clear();
    done = entries() || done;
    const bool replaces = purpose_ == Purpose::save && folder_in(path_) == folder_ &&
                          std::any_of(entries_.begin(), entries_.end(),
                                      [name = chosen().filename().string()](const Entry& entry) {
                                        return !entry.is_folder() && entry.name == name;
                                      });
    ImGui::Dummy({0, px(4)});
    const bool cancelled =
        ImGui::Button(purpose_ == Purpose::locate ? "Go on without them" : "Cancel", {px(190), px(36)});
    ImGui::SameLine();
    ImGui::SetCursorPosX(ImGui::GetCursorStartPos().x + px(560 - 190));
    ImGui::BeginDisabled(path_.empty());
    done = widgets::primary_button(replaces ? "Replace###done" : (button() + "###done").c_str(), px(190)) ||
           done;
    ImGui::EndDisabled();
    if (done && !path_.empty()) result = {chosen()};
    if (!result.empty() && several_.size() > 1) {
      result.clear();
      for (const std::string& name : several_) result.push_back(folder_ / name);
    }
    if (!result.empty() || cancelled) open_ = false;
    if (!open_) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
  closing_ = false;
  return result;
}

}  // namespace ahap
