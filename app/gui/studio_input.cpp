// What keys, the mouse in the 3D view and the panels' wishes do.

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/gui/lengths.h"
#include "app/gui/panels/camera_offsets.h"
#include "app/gui/shown_frame.h"
#include "app/gui/studio_parts.h"
#include "app/gui/theme.h"
#include "reconstruction/corrections.h"

namespace ahap {

void Studio::Parts::lock_selected(Frame& frame) {
  const auto& [person, detection, view] = state.selected;
  if (detection >= 0) {
    lock_detection(frame, detection, !frame.seen().detections[detection].locked);
  } else if (find_person(*frame.result, 0, person)) {
    lock_person(frame, person, !is_locked(frame, person));
  }
}

void Studio::Parts::leave_selected_out(Frame& frame) {
  const auto& [person, detection, view] = state.selected;
  if (detection >= 0) {
    if (frame.seen().detections[detection].person_id > 0)
      leave_detection_out(frame, detection, !frame.seen().detections[detection].left_out);
  } else if (view >= 0 && person == 0) {
    leave_view_out(frame, view, !frame.result->views[view].left_out);
  }
}

// Digits choose people; with Shift they say who the chosen detection is, 0 that it is somebody new. N goes
// to the next detection in doubt, with Shift to the one before, K locks what is chosen, U leaves it out,
// Delete says that it is no person.
void Studio::Parts::correction_keys(Frame& frame, const std::function<bool(int, int)>& pressed) {
  const int detection = state.selected.detection;
  for (int id = 0; id <= 9; ++id) {
    const bool known = find_person(*frame.result, 0, id).has_value();
    if (known && pressed(GLFW_KEY_0 + id, 0)) select_person(frame, id);
    if (!(known || id == 0) || detection < 0 || !session.can_correct()) continue;
    if (pressed(GLFW_KEY_0 + id, GLFW_MOD_SHIFT))
      assign_detection(frame, detection, id == 0 ? new_person_id(frame.seen()) : id);
  }
  for (const int direction : {1, -1}) {
    if (!pressed(GLFW_KEY_N, direction > 0 ? 0 : GLFW_MOD_SHIFT)) continue;
    const int doubtful = next_doubtful(frame, direction);
    if (doubtful >= 0) select_detection(frame, doubtful);
  }
  if (pressed(GLFW_KEY_K, 0) && session.can_lock()) lock_selected(frame);
  if (!session.can_correct()) return;
  if (pressed(GLFW_KEY_U, 0)) leave_selected_out(frame);
  if (!pressed(GLFW_KEY_DELETE, 0)) return;
  if (detection >= 0) {
    reject_detection(frame, detection);
  } else if (state.selected.person > 0) {
    reject_person(frame, state.selected.person);
  }
}

// Space plays; arrows, Home and End move to another frame; I and O are the ends of the range, X ends it.
// With Alt, arrows move when the chosen camera began.
void Studio::Parts::time_keys(Frame& frame, const std::function<bool(int, int)>& pressed) {
  const int shown_now = session.frame(), last = session.frame_count() - 1;
  const int step = frame.reconstructed ? frame_step(*result) : 1;
  const auto move_to = [&](int number) {
    playback.stop();
    session.choose_frame(number);
  };
  if (pressed(GLFW_KEY_SPACE, 0)) frame.actions.toggle_playing = true;
  if (pressed(GLFW_KEY_L, 0)) playback.set_loop(!playback.loop());
  if (pressed(GLFW_KEY_LEFT, 0)) move_to(shown_now - step);
  if (pressed(GLFW_KEY_RIGHT, 0)) move_to(shown_now + step);
  if (pressed(GLFW_KEY_LEFT, GLFW_MOD_SHIFT)) move_to(shown_now - 10 * step);
  if (pressed(GLFW_KEY_RIGHT, GLFW_MOD_SHIFT)) move_to(shown_now + 10 * step);
  if (pressed(GLFW_KEY_HOME, 0)) move_to(0);
  if (pressed(GLFW_KEY_END, 0)) move_to(last);
  if (!session.can_run_ranges()) return;
  for (const int shift : {0, GLFW_MOD_SHIFT}) {
    const int frames = shift ? 10 : 1;
    if (pressed(GLFW_KEY_LEFT, GLFW_MOD_ALT | shift)) move_offset(frame, -frames);
    if (pressed(GLFW_KEY_RIGHT, GLFW_MOD_ALT | shift)) move_offset(frame, frames);
  }
  if (pressed(GLFW_KEY_I, 0)) session.begin_range(shown_now);
  if (pressed(GLFW_KEY_O, 0)) session.end_range(shown_now);
  if (pressed(GLFW_KEY_X, 0)) session.choose_range(std::nullopt);
}

// M takes the tape measure and puts it away. True where Escape or Delete meant it.
bool Studio::Parts::tape_keys(Frame& frame, const std::function<bool(int, int)>& pressed) {
  if (pressed(GLFW_KEY_M, 0)) {
    tape.on = !tape.on;
    toggle_tape(frame);
  }
  if (pressed(GLFW_KEY_DELETE, 0) && tape.selected >= 0) {
    remove_tape(frame);
    return true;
  }
  if (!pressed(GLFW_KEY_ESCAPE, 0)) return false;
  if (tape.first) {
    tape.first.reset();
  } else if (tape.on) {
    tape.put_away();
  } else if (tape.selected >= 0) {
    tape.selected = -1;
  } else {
    return false;
  }
  return true;
}

void Studio::Parts::keys(Frame& frame) {
  const std::vector<KeyPress> keys = std::exchange(pressed_keys, {});
  const auto pressed = [&](int key, int modifiers) {
    return std::find(keys.begin(), keys.end(), KeyPress{key, modifiers}) != keys.end();
  };
  const auto plain = [&](int key) { return pressed(key, 0); };
  const auto with_shift = [&](int key) { return pressed(key, GLFW_MOD_SHIFT); };
  const auto with_control = [&](int key) { return pressed(key, GLFW_MOD_CONTROL); };
  const auto any_popup = ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel;
  if (ImGui::GetIO().WantTextInput || ImGui::IsPopupOpen(nullptr, any_popup)) {
    if (plain(GLFW_KEY_ESCAPE) || plain(GLFW_KEY_F1)) {
      help_open = models_open = closing_asked = false;
      dialog.close();
    }
    return;
  }
  if (plain(GLFW_KEY_F1) || with_shift(GLFW_KEY_SLASH)) frame.actions.toggle_help = true;
  project_keys(pressed);
  if (!session.capture()) return;
  if (plain(GLFW_KEY_TAB)) panels_hidden = !panels_hidden;
  if (plain(GLFW_KEY_F12)) frame.actions.screenshot = true;
  if (with_shift(GLFW_KEY_F12)) frame.actions.toggle_pictures = true;
  if (desk.open && plain(GLFW_KEY_ESCAPE)) {
    desk.open = false;
    return;
  }
  if (with_shift(GLFW_KEY_F)) {
    frame.actions.frame_all = true;
  } else if (plain(GLFW_KEY_F)) {
    frame.actions.frame_selection = true;
  }
  if (with_control(GLFW_KEY_Z)) session.undo();
  if (with_control(GLFW_KEY_Y) || pressed(GLFW_KEY_Z, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT)) session.redo();
  if (with_control(GLFW_KEY_R)) session.run_state().active() ? session.stop() : session.run();
  if (session.frame_count() > 1) time_keys(frame, pressed);
  if (!frame.result) return;

  const int views = int(frame.result->views.size());
  // Through the photos where one is large, else through the cameras.
  auto& next = state.photo >= 0 ? frame.actions.photo : frame.actions.look_through;
  const int now = state.photo >= 0 ? state.photo : state.look_through;
  if (views > 0 && plain(GLFW_KEY_LEFT_BRACKET)) next = (std::max(0, now) + views - 1) % views;
  if (views > 0 && plain(GLFW_KEY_RIGHT_BRACKET)) next = (now + 1) % views;
  if (plain(GLFW_KEY_J)) {
    bool& joints = state.photo >= 0 ? state.photo_joints : state.strip_joints;
    joints = !joints;
  }
  if (tape_keys(frame, pressed)) return;
  if (plain(GLFW_KEY_ESCAPE)) {
    if (state.photo >= 0) {
      frame.actions.photo = -1;
    } else if (state.look_through >= 0) {
      frame.actions.look_through = -1;
    } else {
      state.selected = {};
    }
  }
  correction_keys(frame, pressed);
  if (plain(GLFW_KEY_H) && state.selected.person > 0) {
    hide_person(frame, state.selected.person, state.shows_person(state.selected.person));
  }
  if (plain(GLFW_KEY_F2) || plain(GLFW_KEY_KP_7)) frame.actions.look_from = Viewpoint::top;
  if (plain(GLFW_KEY_F3) || plain(GLFW_KEY_KP_1)) frame.actions.look_from = Viewpoint::front;
  if (plain(GLFW_KEY_F4) || plain(GLFW_KEY_KP_3)) frame.actions.look_from = Viewpoint::side;
  if (plain(GLFW_KEY_F5)) frame.actions.toggle_x_ray = true;
}

// W A S D, Q and E are places on the keyboard here, not letters: GLFW names keys by their place.
void Studio::Parts::fly(float seconds) {
  moving = false;
  const ImGuiIO& io = ImGui::GetIO();
  if (!scene_hovered || io.WantTextInput || io.KeyCtrl) return;
  const auto down = [&](int key) { return glfwGetKey(window.handle, key) == GLFW_PRESS ? 1.0f : 0.0f; };
  Eigen::Vector3f direction(down(GLFW_KEY_D) - down(GLFW_KEY_A), down(GLFW_KEY_Q) - down(GLFW_KEY_E),
                            down(GLFW_KEY_W) - down(GLFW_KEY_S));
  if (direction.isZero()) return;
  const float speed = io.KeyShift ? 3.0f : io.KeyAlt ? 0.3f : 1.0f;
  camera.fly(speed * direction.normalized(), seconds);
  state.look_through = -1;
  moving = true;
}

std::optional<Pick> Studio::Parts::pick(const Eigen::Vector2f& pixel, bool with_points) {
  return viewport.pick(camera.view(scene_size), pixel, [&](const ViewTransform& view) {
    renderer.draw_ids(view, state, theme::scale(), with_points);
  });
}

void Studio::Parts::aim_tape(const std::optional<Eigen::Vector2f>& pixel) {
  constexpr float kReach = 14;  // of the display, before scaling
  tape.target.reset();
  if (!pixel || !shown || shown->partial) return;
  const float reach = theme::px(kReach) * ImGui::GetIO().DisplayFramebufferScale.x;
  tape.target = snap_target(*shown, renderer.facing(), state, camera.view(scene_size), *pixel, reach);
}

void Studio::Parts::take_tape_end(const Eigen::Vector2f& pixel) {
  aim_tape(pixel);
  if (!tape.target || !session.can_edit()) return;
  tape.selected = -1;
  if (!tape.first) {
    tape.first = tape.target->end;
    return;
  }
  const Tape measured{*std::exchange(tape.first, std::nullopt), tape.target->end};
  const auto length = length_of(measured, *shown, 0);
  if (!length || measured.from == measured.to) return;
  std::vector<Tape> tapes = session.tapes();
  tapes.push_back(measured);
  tape.selected = int(tapes.size()) - 1;
  session.change_tapes("Measure " + length_text(*length), std::move(tapes));
}

// The world was multiplied: what is looked at stays where it is in the picture.
void Studio::Parts::follow_scale(double factor) {
  if (factor == 1) return;
  for (PictureDesk::Stop& stop : desk.stops) {
    stop.camera.standpoint.pivot *= float(factor);
    stop.camera.standpoint.distance *= float(factor);
  }
  OrbitCamera::Turntable turntable = camera.turntable();
  turntable.pivot *= float(factor);
  turntable.distance *= float(factor);
  const int through = camera.looking_through() ? state.look_through : -1;
  camera.set_turntable(turntable);
  if (through < 0) return;
  look_through(through);
  camera.finish_transition();
}

void Studio::Parts::point_at(const std::optional<Eigen::Vector2f>& pixel) {
  scene_hovered = pixel.has_value();
  aim_tape(tape.on ? pixel : std::nullopt);
  if (!pixel || !shown || tape.on) {
    under_mouse = {};
    return;
  }
  if (*pixel == pointed_at && !moving) return;
  pointed_at = *pixel;
  under_mouse = {};
  const auto hit = pick(*pixel, false);
  if (!hit) return;
  const Picked picked = Picked::from_id(hit->id);
  if (picked.kind == Picked::Kind::person) under_mouse.person = picked.index;
  if (picked.kind == Picked::Kind::view) under_mouse.view = picked.index;
}

void Studio::Parts::look_through(int view) {
  if (view < 0 || !shown || !shown->views[view].camera_estimated) {
    camera.leave();
    state.look_through = -1;
    return;
  }
  camera.look_through(shown->views[view].camera(0));
  state.look_through = view;
  state.selected.view = view;
}

void Studio::Parts::frame_all() {
  camera.fit(renderer.stage(), scene_size);
  state.look_through = -1;
}

void Studio::Parts::frame_selection() {
  auto box = renderer.person_bounds(state.selected.person);
  if (!box) {
    frame_all();
    return;
  }
  const Eigen::Vector3f margin = Eigen::Vector3f::Constant(0.3f);
  camera.fit(std::array<Eigen::Vector3f, 2>{box->min() - margin, box->max() + margin}, scene_size);
  state.look_through = -1;
}

void Studio::Parts::toggle_playing() {
  if (playback.playing()) {
    playback.stop();
    session.choose_frame(session.frame());  // not the one that is on its way
    return;
  }
  const double rate = session.frames_per_second();
  playback.play(session.frame(), played_range(), rate > 0 ? rate : kAssumedFrameRate, Playback::Clock::now());
}

// What the panels asked for during this frame.
void Studio::Parts::apply_actions(const Frame& frame) {
  if (state.look_through >= 0 && !camera.looking_through()) state.look_through = -1;  // orbited out of it
  const ViewerActions& actions = frame.actions;
  point_at(actions.point_at);
  if (actions.toggle_help) help_open = !help_open;
  if (actions.show_models) models_open = true;
  if (actions.toggle_playing) toggle_playing();
  if (actions.choose_at && tape.on) {
    take_tape_end(*actions.choose_at);
  } else if (actions.choose_at && shown) {
    const auto hit = pick(*actions.choose_at, false);
    const Picked picked = hit ? Picked::from_id(hit->id) : Picked();
    state.selected = {};
    tape.selected = -1;
    if (picked.kind == Picked::Kind::person) state.selected.person = picked.index;
    if (picked.kind == Picked::Kind::view) state.selected.view = picked.index;
  }
  if (actions.pivot_at && shown) {
    const auto hit = pick(*actions.pivot_at, true);
    if (hit && Picked::from_id(hit->id).kind == Picked::Kind::view) {
      look_through(Picked::from_id(hit->id).index);
    } else if (hit) {
      camera.focus(hit->point);
    } else {
      frame_all();
    }
  }
  if (actions.frame_all) frame_all();
  if (actions.frame_selection) frame_selection();
  if (actions.photo) {
    state.photo = *actions.photo;
    frames_to_draw = kFramesAfterEvent;
  }
  if (actions.look_through) state.photo = -1;
  if (actions.look_through) look_through(*actions.look_through);
  if (actions.screenshot) save_view_at_once();
  if (actions.toggle_pictures) desk.open = !desk.open;
  if (actions.look_from) look_from(*actions.look_from);
  if (actions.toggle_x_ray) toggle_x_ray();
  if (actions.open) ask_to_open();
  if (actions.add) ask_to_add();
  if (actions.save) save();
  if (actions.restore && start.lost()) {
    autosave.take_over(start.lost()->file);
    session.restore(start.lost()->file);
  }
}

}  // namespace ahap
