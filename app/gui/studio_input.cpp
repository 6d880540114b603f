// What the mouse in the 3D view and the wishes of panels and actions do.

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>

#include <array>
#include <utility>

#include "app/gui/lengths.h"
#include "app/gui/panels/methods_window.h"
#include "app/gui/shown_frame.h"
#include "app/gui/studio_parts.h"
#include "app/gui/theme.h"
#include "reconstruction/body/moved_world.h"

namespace ahap {

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
  if (tape.use != TapeTool::Use::measure) return take_place(tape.target->end);
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

// Of three on the floor, or of the origin.
void Studio::Parts::take_place(const TapeEnd& end) {
  if (tape.use == TapeTool::Use::origin) {
    session.move_world("Set the origin", origin_motion(place_of(end, *shown, 0)->cast<double>()));
    tape.put_away();
    return;
  }
  tape.floor.push_back(end);
  if (tape.floor.size() < 3) return;
  std::array<Eigen::Vector3d, 3> places;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto place = place_of(tape.floor[i], *shown, 0);
    if (!place) return tape.floor.clear();  // on somebody who is not in this frame
    places[i] = place->cast<double>();
  }
  tape.floor.clear();
  try {
    session.move_world("Set the floor", floor_motion(places, *shown));
    tape.put_away();
  } catch (const std::runtime_error& error) {
    session.tell(Notice::Kind::warning, error.what());
  }
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

void Studio::Parts::toggle_methods() {
  methods.open = !methods.open;
  if (methods.open) models.look();
}

// Where fewer than two are chosen, the window says so.
void Studio::Parts::compare_methods(const Frame& frame) {
  if (!methods.open) toggle_methods();
  const std::vector<Method> chosen = chosen_methods(methods, offers_here(frame));
  if (chosen.size() > 1) session.compare(chosen);
}

// What the panels asked for during this frame.
void Studio::Parts::apply_actions(const Frame& frame) {
  if (state.look_through >= 0 && !camera.looking_through()) state.look_through = -1;  // orbited out of it
  const ViewerActions& actions = frame.actions;
  point_at(actions.point_at);
  if (actions.toggle_help) help.open = !help.open;
  if (actions.show_models) models_open = true;
  if (actions.toggle_methods) toggle_methods();
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
  if (actions.browse_export) dialog.ask(FileDialog::Purpose::export_folder, inputs.export_folder);
  if (actions.save) save();
  if (actions.restore && start.lost()) {
    autosave.take_over(start.lost()->file);
    session.restore(start.lost()->file);
  }
}

}  // namespace ahap
