// The window's work as a project: saving, opening, closing.

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>

#include <utility>

#include "app/gui/state_folder.h"
#include "app/gui/studio_parts.h"
#include "app/gui/theme.h"
#include "reconstruction/project/project_file.h"
#include "reconstruction/project/sources.h"

namespace ahap {

namespace {

constexpr const char* kBullet = "\xE2\x80\xA2";

}  // namespace

Look Studio::Parts::look() const {
  return {.state = state, .turntable = camera.turntable()};
}

// The 3D view, small; before the first result a photo.
Image Studio::Parts::thumbnail() {
  if (!shown) return session.pictures().empty() ? Image() : session.pictures().front().thumbnail;
  constexpr int kWidth = 384, kHeight = 240;  // pixels
  const Eigen::Vector2f size(kWidth, kHeight);
  Viewport small;
  draw_view(small, renderer, camera, size, state, float(kHeight) / 800);
  return small.read();
}

// Once, when the result of an opened project is shown.
void Studio::Parts::take_opened_look() {
  if (!opened_look) return;
  const Look look = *std::exchange(opened_look, std::nullopt);
  state = look.state;
  if (!shown) return;
  camera.set_turntable(look.turntable);
  camera_placed = true;
  const int through = std::exchange(state.look_through, -1);
  if (through < 0 || through >= int(shown->views.size())) return;
  look_through(through);
  camera.finish_transition();
}

// "party • – AHAP Studio": what is worked on, and that it is not all saved.
std::string Studio::Parts::work_name() const {
  const std::filesystem::path& file = session.project_file();
  return file.empty() ? session.capture_name() : file.stem().string();
}

void Studio::Parts::update_title() {
  std::string wanted = "AHAP Studio";
  if (session.capture())
    wanted = work_name() + (session.has_unsaved_changes() ? std::string(" ") + kBullet : "") +
             " \xE2\x80\x93 AHAP Studio";
  if (wanted == title) return;
  title = std::move(wanted);
  glfwSetWindowTitle(window.handle, title.c_str());
}

void Studio::Parts::ask_to_open() {
  const std::filesystem::path& file = session.project_file();
  dialog.ask(
      FileDialog::Purpose::open,
      (file.empty() ? std::filesystem::path(proposed_folder(session)).parent_path() : file.parent_path()) /
          "");
}

// Beside the files that are there.
void Studio::Parts::ask_to_add() {
  const std::vector<std::filesystem::path> files = source_files(*session.capture());
  dialog.ask(FileDialog::Purpose::add,
             (files.empty() ? std::filesystem::path() : files.front().parent_path()) / "");
}

void Studio::Parts::ask_to_save() {
  const std::filesystem::path& file = session.project_file();
  dialog.ask(FileDialog::Purpose::save,
             file.empty() ? proposed_folder(session) + kProjectExtension : file.string());
}

void Studio::Parts::save() {
  if (!session.capture() || session.saving()) return;
  session.project_file().empty() ? ask_to_save() : session.save(session.project_file(), look(), thumbnail());
}

void Studio::Parts::ask_for_sources(const std::string& beginning) {
  const std::vector<std::filesystem::path>& missing = session.missing_sources();
  const std::size_t all = source_files(*session.capture()).size();
  dialog.ask(FileDialog::Purpose::locate, missing.front().parent_path() / "",
             beginning + std::to_string(missing.size()) + " of " + std::to_string(all) +
                 (all == 1 ? " file is" : " files are") +
                 " not where they were when the project was saved. The result is shown without them; choose "
                 "the folder "
                 "that holds them now to see them again.");
}

// Another capture is worked on: an opened project is remembered, and its pictures are asked for once.
void Studio::Parts::take_project() {
  opened_look = session.take_opened_look();
  if (!session.project_file().empty()) start.remember(session.project_file());
  if (opened_look && !session.missing_sources().empty()) ask_for_sources({});
}

// What has ended since the last frame.
void Studio::Parts::update_project() {
  start.update();
  if (session.saves() != known_saves) {
    known_saves = session.saves();
    if (!session.project_file().empty()) start.remember(session.project_file());
  }
  if (const std::string problem = autosave.take_problem(); !problem.empty())
    session.tell(Notice::Kind::warning, problem);
  if (!sources_asked_in.empty() && !session.looking_for_sources()) {
    const std::string folder = std::exchange(sources_asked_in, {});
    if (session.missing_sources().empty())
      session.tell(Notice::Kind::info, "All files are found. Save the project to keep their places.");
    else
      ask_for_sources("Not all of them are in " + folder + ". ");
  }
}

void Studio::Parts::project_dialog() {
  const FileDialog::Purpose purpose = dialog.purpose();
  std::vector<std::filesystem::path> paths = dialog.draw();
  if (paths.empty()) return;
  if (purpose == FileDialog::Purpose::open) return session.open(std::move(paths));
  if (purpose == FileDialog::Purpose::add) return session.add(std::move(paths));
  const std::filesystem::path& path = paths.front();
  if (purpose == FileDialog::Purpose::export_folder) {
    inputs.export_folder = path.string();
    inputs.open_export = true;
  }
  if (purpose == FileDialog::Purpose::save) session.save(path, look(), thumbnail());
  if (purpose == FileDialog::Purpose::locate) {
    sources_asked_in = path.string();
    session.find_sources_in(path);
  }
}

// True when the window may close now.
bool Studio::Parts::closes() {
  if (glfwWindowShouldClose(window.handle)) {
    if (!session.has_unsaved_changes()) return true;
    glfwSetWindowShouldClose(window.handle, GLFW_FALSE);
    closing_asked = true;
  }
  if (closing_when_saved && !session.saving() && !dialog.is_open()) {
    if (!session.has_unsaved_changes()) return true;
    closing_when_saved = false;  // nobody chose a name, or it could not be written
  }
  return false;
}

// True when the window is to be closed without saving.
bool Studio::Parts::closing_question() {
  if (!closing_asked) return false;
  const ClosingChoice choice = closing_overlay(&closing_asked);
  if (choice != ClosingChoice::save) return choice == ClosingChoice::discard;
  closing_when_saved = true;
  save();
  return false;
}

Project Studio::Parts::project() {
  Project project = session.project(look());
  project.thumbnail = thumbnail();
  return project;
}

void Studio::Parts::keep_safe() {
  autosave.update(
      session, [&] { return project(); }, Autosave::Clock::now());
}

Studio::Parts::~Parts() {
  try {
    autosave.finish(session, [&] { return project(); });
    if (!session.project_file().empty()) add_recent(options.state_folder, session.project_file());
    write_window_settings(options.state_folder, settings());
  } catch (const std::exception&) {
    // The autosave before is still there, and work does not depend on the rest.
  }
}

}  // namespace ahap
