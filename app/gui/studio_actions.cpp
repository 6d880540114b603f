// What keys and the palette can ask of the window.

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>

#include <algorithm>
#include <utility>

#include "app/gui/formatted.h"
#include "app/gui/panels/camera_offsets.h"
#include "app/gui/shown_frame.h"
#include "app/gui/studio_parts.h"
#include "app/gui/window_settings.h"
#include "reconstruction/corrections.h"

namespace ahap {
namespace {

// Adds the actions of one group.
class Group {
 public:
  Group(std::vector<Action>& all, std::string name) : all_(all), name_(std::move(name)) {}

  void add(std::string id, std::string text, std::initializer_list<const char*> keys, bool possible,
           std::function<void()> run) {
    Action& action = all_.emplace_back(Action{.id = std::move(id),
                                              .group = name_,
                                              .text = std::move(text),
                                              .possible = possible,
                                              .run = std::move(run)});
    for (const char* key : keys) action.keys.push_back(key_press_of(key).value());
  }
  void flip(std::string id, std::string text, std::initializer_list<const char*> keys, bool possible,
            bool& value) {
    add(std::move(id), std::move(text), keys, possible, [&value] { value = !value; });
  }

 private:
  std::vector<Action>& all_;
  std::string name_;
};

}  // namespace

void Studio::Parts::file_actions(Frame& frame, std::vector<Action>& all) {
  Group group(all, "Capture");
  const bool there = session.capture().has_value(), running = session.run_state().active();
  group.add("open", "Open a project, photos or videos", {"Ctrl+O"}, true, [this] { ask_to_open(); });
  group.add("add", "Add photos or videos", {"Ctrl+Shift+O"}, there, [this] { ask_to_add(); });
  group.add("save", "Save the project", {"Ctrl+S"}, there, [this] { save(); });
  group.add("save-as", "Save under another name", {"Ctrl+Shift+S"}, there, [this] { ask_to_save(); });
  group.add("export", "Export bodies, points, cameras", {"Ctrl+E"}, session.result_is_complete(), [this] {
    panels_hidden = false;  // the menu hangs at one
    inputs.open_export = true;
  });
  group.add("run", running ? "Cancel the run" : "Reconstruct", {"Ctrl+R"}, there,
            [this, running] { running ? session.stop() : session.run(); });
  group.add("undo", "Undo", {"Ctrl+Z"}, there && !running, [this] { session.undo(); });
  group.add("redo", "Redo", {"Ctrl+Shift+Z", "Ctrl+Y"}, there && !running, [this] { session.redo(); });
  method_actions(frame, all);
  group.add("models", "Models: what is installed, what is missing", {}, true,
            [&frame] { frame.actions.show_models = true; });
}

void Studio::Parts::method_actions(Frame& frame, std::vector<Action>& all) {
  Group group(all, "Capture");
  const bool there = session.capture().has_value();
  const std::size_t results = std::size_t(
      std::count_if(session.compared_methods().runs.begin(), session.compared_methods().runs.end(),
                    [](const MethodRun& run) { return run.result != nullptr; }));
  group.add("methods", "Compare methods", {"C"}, there, [this] { toggle_methods(); });
  group.add("compare", "Compare the chosen methods now", {"Ctrl+Shift+R"},
            there && !session.run_state().active(), [this, &frame] { compare_methods(frame); });
  group.add("previous-method", "Result of the previous method", {","}, results > 1,
            [this] { session.show_next_method(-1); });
  group.add("next-method", "Result of the next method", {"."}, results > 1,
            [this] { session.show_next_method(1); });
}

void Studio::Parts::view_actions(Frame& frame, std::vector<Action>& all) {
  Group group(all, "View");
  const bool there = session.capture().has_value(), result_there = frame.result != nullptr;
  const int views = result_there ? int(frame.result->views.size()) : 0;
  ViewerActions& wishes = frame.actions;
  group.add("see-all", "See everything", {"Shift+F"}, there, [&] { wishes.frame_all = true; });
  group.add("see-person", "See the chosen person", {"F"}, there, [&] { wishes.frame_selection = true; });
  // Through the photos where one is large, else through the cameras.
  const auto turn_over = [this, &wishes, views](int step) {
    auto& next = state.photo >= 0 ? wishes.photo : wishes.look_through;
    const int now = state.photo >= 0 ? state.photo : state.look_through;
    next = step < 0 ? (std::max(0, now) + views - 1) % views : (now + 1) % views;
  };
  group.add("previous-camera", "Look through the previous camera", {"["}, views > 0, [=] { turn_over(-1); });
  group.add("next-camera", "Look through the next camera", {"]"}, views > 0, [=] { turn_over(1); });
  const auto look = [&](const char* id, const char* text, std::initializer_list<const char*> keys,
                        Viewpoint from) {
    group.add(id, text, keys, result_there, [&wishes, from] { wishes.look_from = from; });
  };
  look("top", "Look from the top", {"F2", "Keypad7"}, Viewpoint::top);
  look("front", "Look from the front", {"F3", "Keypad1"}, Viewpoint::front);
  look("side", "Look from the side", {"F4", "Keypad3"}, Viewpoint::side);
  group.add("x-ray", "X-ray: skeletons through the bodies", {"F5"}, result_there,
            [&] { wishes.toggle_x_ray = true; });
  group.flip("joints", "Joints in the photos, how far bodies lie off", {"J"}, result_there,
             state.photo >= 0 ? state.photo_joints : state.strip_joints);
  group.add("measure", "Measure distances", {"M"}, result_there, [this, &frame] {
    tape.on = !tape.on;
    toggle_tape(frame);
  });
  const auto set_place = [&](const char* id, const char* text, TapeTool::Use use) {
    group.add(id, text, {}, result_there && session.can_edit(), [this, &frame, use] {
      tape.on = true;
      toggle_tape(frame);
      tape.use = use;
    });
  };
  set_place("floor-by-places", "Set the floor by three places", TapeTool::Use::floor);
  set_place("origin", "Set the origin by a place", TapeTool::Use::origin);
  group.flip("points", "Show or hide the points", {}, result_there, state.points);
  group.flip("cameras", "Show or hide the cameras", {}, result_there, state.cameras);
  group.flip("bodies", "Show or hide the bodies", {}, result_there, state.bodies);
  group.flip("skeletons", "Show or hide the skeletons", {}, result_there, state.skeletons);
  group.flip("floor", "Show or hide the floor", {}, result_there, state.grid);
  group.flip("points-on-people", "Show or hide the points on people", {}, result_there, state.person_points);
  group.add("picture", "Save the view as a picture at once", {"F12"}, there,
            [&] { wishes.screenshot = true; });
  group.add("pictures", "Pictures and films of the view", {"Shift+F12"}, there,
            [&] { wishes.toggle_pictures = true; });
}

void Studio::Parts::people_actions(Frame& frame, std::vector<Action>& all) {
  Group group(all, "People");
  const bool result_there = frame.result != nullptr;
  const auto& [person, detection, view] = state.selected;
  const bool corrects = result_there && session.can_correct();
  const auto go_to_doubt = [this, &frame](int direction) {
    const int doubtful = next_doubtful(frame, direction);
    if (doubtful >= 0) select_detection(frame, doubtful);
  };
  group.add("next-doubt", "Next decision in doubt", {"N"}, result_there, [=] { go_to_doubt(1); });
  group.add("previous-doubt", "Previous decision in doubt", {"Shift+N"}, result_there,
            [=] { go_to_doubt(-1); });
  group.add("hide", "Hide or show the chosen person", {"H"}, result_there && person > 0, [this, &frame] {
    hide_person(frame, state.selected.person, state.shows_person(state.selected.person));
  });
  group.add("lock", "Lock who the chosen box or person is", {"K"}, result_there && session.can_lock(),
            [this, &frame] { lock_selected(frame); });
  group.add("leave-out", "Leave the chosen box or photo out", {"U"}, corrects,
            [this, &frame] { leave_selected_out(frame); });
  group.add("delete", "Not a person; removes a chosen tape", {"Delete"},
            (result_there && tape.selected >= 0) || (corrects && (detection >= 0 || person > 0)),
            [this, &frame] { remove_selected(frame); });
}

// Arrows move to another frame; with Alt, when the chosen camera began.
void Studio::Parts::time_actions(Frame& frame, std::vector<Action>& all) {
  Group group(all, "Time");
  const bool several = session.frame_count() > 1, ranges = session.can_run_ranges();
  const int shown_now = session.frame(), last = session.frame_count() - 1;
  const int step = frame.reconstructed ? frame_step(*result) : 1;
  const auto move = [&](const char* id, const char* text, const char* key, int number) {
    group.add(id, text, {key}, several, [this, number] {
      playback.stop();
      session.choose_frame(number);
    });
  };
  group.add("play", "Play or pause", {"Space"}, several, [&frame] { frame.actions.toggle_playing = true; });
  group.add("loop", "Play in a loop or once", {"L"}, several,
            [this] { playback.set_loop(!playback.loop()); });
  move("frame-back", "One frame back", "Left", shown_now - step);
  move("frame-on", "One frame on", "Right", shown_now + step);
  move("ten-back", "Ten frames back", "Shift+Left", shown_now - 10 * step);
  move("ten-on", "Ten frames on", "Shift+Right", shown_now + 10 * step);
  move("first-frame", "First frame", "Home", 0);
  move("last-frame", "Last frame", "End", last);
  group.add("range-begin", "The range begins here", {"I"}, ranges,
            [this, shown_now] { session.begin_range(shown_now); });
  group.add("range-end", "The range ends here", {"O"}, ranges,
            [this, shown_now] { session.end_range(shown_now); });
  group.add("no-range", "No range: single frames", {"X"}, ranges,
            [this] { session.choose_range(std::nullopt); });
  const auto shift = [&](const char* id, const char* text, const char* key, int frames) {
    group.add(id, text, {key}, several && ranges, [&frame, frames] { move_offset(frame, frames); });
  };
  shift("camera-earlier", "Camera began one frame earlier", "Alt+Left", -1);
  shift("camera-later", "Camera began one frame later", "Alt+Right", 1);
  shift("camera-ten-earlier", "Camera began ten frames earlier", "Alt+Shift+Left", -10);
  shift("camera-ten-later", "Camera began ten frames later", "Alt+Shift+Right", 10);
}

void Studio::Parts::window_actions(Frame& frame, std::vector<Action>& all) {
  Group group(all, "Window");
  group.add("find", "Find an action, a person, a camera", {"Ctrl+P"}, true,
            [this] { palette = {.open = true}; });
  group.add("help", "Mouse and keys", {"F1", "Shift+/"}, true,
            [&frame] { frame.actions.toggle_help = true; });
  group.flip("panels", "Hide or show the panels", {"Tab"}, session.capture().has_value(), panels_hidden);
  group.flip("light", "Light or dark window", {}, true, light);
  const auto scale_text = [&](const char* id, const char* words, std::initializer_list<const char*> keys,
                              float factor) {
    group.add(id, words, keys, true, [this, factor] {
      text_scale = factor == 0 ? 1 : std::clamp(text_scale * factor, kSmallestText, kLargestText);
    });
  };
  scale_text("text-larger", "Larger text", {"Ctrl+=", "Ctrl+Shift+=", "Ctrl+Keypad+"}, kTextStep);
  scale_text("text-smaller", "Smaller text", {"Ctrl+-", "Ctrl+Keypad-"}, 1 / kTextStep);
  scale_text("text-normal", "Text of the usual size", {"Ctrl+0", "Ctrl+Keypad0"}, 0);
  const bool file_there = !options.keys_file.empty() && std::filesystem::exists(options.keys_file);
  group.add("write-keys", "Change keys: write the file keys.json", {},
            !options.keys_file.empty() && !file_there, [this, &frame] { write_keys_file(frame); });
  group.add("read-keys", "Change keys: read keys.json again", {}, file_there, [this, &frame] {
    if (read_keys_file(frame))
      session.tell(Notice::Kind::info, "The keys are as " + options.keys_file.string() + " says.");
  });
}

std::vector<Action> Studio::Parts::first_actions(Frame& frame) {
  std::vector<Action> all;
  file_actions(frame, all);
  view_actions(frame, all);
  people_actions(frame, all);
  time_actions(frame, all);
  window_actions(frame, all);
  return all;
}

std::vector<Action> Studio::Parts::actions(Frame& frame) {
  std::vector<Action> all = first_actions(frame);
  key_map.apply(all);
  return all;
}

// The actions, and who and what the result has.
std::vector<Action> Studio::Parts::palette_actions(Frame& frame) {
  std::vector<Action> all = actions(frame);
  if (!frame.result) return all;
  Group people(all, "Person");
  for (const auto& [person, body] : people_in(*frame.result, 0)) {
    people.add("", "Choose " + person_label(person), {}, true, [&frame, id = person.id] {
      select_person(frame, id);
      frame.actions.frame_selection = true;
    });
  }
  Group cameras(all, "Camera");
  for (int view = 0; view < int(frame.result->views.size()); ++view) {
    const ReconstructedView& camera = frame.result->views[std::size_t(view)];
    cameras.add("", "Look through " + camera.name, {}, camera.camera_estimated,
                [&frame, view] { frame.actions.look_through = view; });
    cameras.add("", "See the photo of " + camera.name + " large", {}, frame.reconstructed,
                [&frame, view] { frame.actions.photo = view; });
  }
  return all;
}

bool Studio::Parts::read_keys_file(Frame& frame) {
  try {
    key_map = KeyMap(options.keys_file, first_actions(frame));
    return true;
  } catch (const std::exception& error) {
    session.tell(Notice::Kind::warning, std::string(error.what()) + " The keys stay as they are.");
    return false;
  }
}

void Studio::Parts::write_keys_file(Frame& frame) {
  try {
    write_keys(options.keys_file, actions(frame));
    session.tell({Notice::Kind::info,
                  "All keys are in " + options.keys_file.string() +
                      ". Change them there, then find \"read keys.json again\" with Ctrl+P.",
                  options.keys_file});
  } catch (const std::exception& error) {
    session.tell(Notice::Kind::warning, error.what());
  }
}

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

void Studio::Parts::remove_selected(Frame& frame) {
  if (tape.selected >= 0) {
    remove_tape(frame);
  } else if (state.selected.detection >= 0) {
    reject_detection(frame, state.selected.detection);
  } else {
    reject_person(frame, state.selected.person);
  }
}

// Digits choose people; with Shift they say who the chosen detection is, 0 that it is somebody new.
bool Studio::Parts::take_digit(Frame& frame, const KeyPress& press) {
  const int id = press.key - GLFW_KEY_0;
  if (id < 0 || id > 9 || !frame.result) return false;
  const bool known = find_person(*frame.result, 0, id).has_value();
  if (press.modifiers == 0) {
    if (known) select_person(frame, id);
    return true;
  }
  if (press.modifiers != GLFW_MOD_SHIFT) return false;
  const int detection = state.selected.detection;
  if ((known || id == 0) && detection >= 0 && session.can_correct())
    assign_detection(frame, detection, id == 0 ? new_person_id(frame.seen()) : id);
  return true;
}

// Ends the innermost of what is under way.
void Studio::Parts::escape(Frame& frame) {
  if (desk.open) {
    desk.open = false;
  } else if (methods.open) {
    methods.open = false;
  } else if (tape.first) {
    tape.first.reset();
  } else if (!tape.floor.empty()) {
    tape.floor.clear();
  } else if (tape.use != TapeTool::Use::measure) {
    tape.use = TapeTool::Use::measure;
  } else if (tape.on) {
    tape.put_away();
  } else if (tape.selected >= 0) {
    tape.selected = -1;
  } else if (state.photo >= 0) {
    frame.actions.photo = -1;
  } else if (state.look_through >= 0) {
    frame.actions.look_through = -1;
  } else {
    state.selected = {};
  }
}

void Studio::Parts::take_key(Frame& frame, const KeyPress& press) {
  if (press == KeyPress{GLFW_KEY_ESCAPE}) return escape(frame);
  if (take_digit(frame, press)) return;
  const std::vector<Action> all = actions(frame);
  if (const Action* action = action_of(all, press)) action->run();
}

void Studio::Parts::keys(Frame& frame) {
  const auto any_popup = ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel;
  const bool typing = ImGui::GetIO().WantTextInput || ImGui::IsPopupOpen(nullptr, any_popup);
  for (const KeyPress& press : std::exchange(pressed_keys, {})) {
    if (palette.open) {
      palette.take(press);
    } else if (!typing) {
      take_key(frame, press);
    } else if (press == KeyPress{GLFW_KEY_ESCAPE} || press == KeyPress{GLFW_KEY_F1}) {
      help.open = models_open = closing_asked = false;
      session.answer(PhotosAre::neither);
      dialog.close();
    }
  }
}

void Studio::Parts::find_action(Frame& frame) {
  if (!palette.open) return;
  const std::vector<Action> all = palette_actions(frame);
  if (const Action* chosen = palette_overlay(palette, all)) chosen->run();
}

}  // namespace ahap
