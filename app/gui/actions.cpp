#include "app/gui/actions.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = char(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  for (bool inside = false; const char c : lower(text)) {
    if (c == ' ') {
      inside = false;
    } else if (std::exchange(inside, true)) {
      result.back() += c;
    } else {
      result.emplace_back(1, c);
    }
  }
  return result;
}

// 0: every typed word begins a word of the text; 1: lies in it; nothing: one is not there.
std::optional<int> rank(std::string_view text, std::string_view typed) {
  const std::string lowered = std::string(" ").append(lower(text));
  int worst = 0;
  for (const std::string& word : words(typed)) {
    if (lowered.find(" " + word) != std::string::npos) continue;
    if (lowered.find(word) == std::string::npos) return std::nullopt;
    worst = 1;
  }
  return worst;
}

// What a key means that no action can have; empty: nothing.
std::string fixed_meaning(const KeyPress& press) {
  const bool plain = press.modifiers == 0;
  if (press.key == GLFW_KEY_ESCAPE) return "leaves what is open";
  if (press.key >= GLFW_KEY_0 && press.key <= GLFW_KEY_9 && (plain || press.modifiers == GLFW_MOD_SHIFT))
    return "means a person";
  if (plain && press.key < 128 && std::string_view("WASDQE").find(char(press.key)) != std::string_view::npos)
    return "flies through the scene";
  return {};
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& id, const std::string& why) {
  throw std::runtime_error(readable(file.string()) + ": \"" + readable(id) + "\" " + why + ".");
}

KeyPress read_press(const std::filesystem::path& file, const std::string& id, const JsonReader::Json& json) {
  if (!json.is_string()) refuse(file, id, "should have a key such as \"Ctrl+Z\", or a list of keys");
  const std::string text = json.get<std::string>();
  const auto press = key_press_of(text);
  if (!press) refuse(file, id, "asks for the key \"" + readable(text) + "\", which does not exist");
  if (const std::string meaning = fixed_meaning(*press); !meaning.empty())
    refuse(file, id, "asks for the key " + text_of(*press) + ", which " + meaning);
  return *press;
}

}  // namespace

const Action* action_of(const std::vector<Action>& actions, const KeyPress& press) {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const Action& action) {
    return std::find(action.keys.begin(), action.keys.end(), press) != action.keys.end();
  });
  return found != actions.end() && found->possible ? &*found : nullptr;
}

bool matches(std::string_view text, std::string_view typed) {
  return rank(text, typed).has_value();
}

std::vector<const Action*> matching(const std::vector<Action>& actions, std::string_view typed) {
  std::vector<std::pair<int, const Action*>> found;
  for (const Action& action : actions) {
    const auto in_text = rank(action.text, typed);
    const auto anywhere = rank(action.text + " " + action.group + " " + action.id, typed);
    if (!anywhere) continue;
    found.emplace_back((action.possible ? 0 : 10) + (in_text ? *in_text : 2 + *anywhere), &action);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Action*> result;
  for (const auto& [unused, action] : found) result.push_back(action);
  return result;
}

KeyMap::KeyMap(const std::filesystem::path& file, const std::vector<Action>& actions) {
  const JsonReader in(file, "list of keys");
  if (!in.root().is_object())
    throw std::runtime_error(readable(file.string()) +
                             " should be a JSON object with actions and their keys.");
  for (const auto& [id, keys] : in.root().items()) {
    const auto same = [&id = id](const Action& action) { return !action.id.empty() && action.id == id; };
    if (std::find_if(actions.begin(), actions.end(), same) == actions.end()) refuse(file, id, "is no action");
    std::vector<KeyPress>& chosen = keys_[id];
    if (keys.is_array()) {
      for (const JsonReader::Json& key : keys) chosen.push_back(read_press(file, id, key));
    } else {
      chosen.push_back(read_press(file, id, keys));
    }
  }
  std::vector<Action> changed = actions;
  apply(changed);
  std::map<std::string, std::string> taken;
  for (const Action& action : changed) {
    for (const KeyPress& press : action.keys) {
      const auto [before, is_new] = taken.emplace(text_of(press), action.id);
      if (is_new) continue;
      const bool changed_here = keys_.contains(action.id);
      refuse(file, changed_here ? action.id : before->second,
             "asks for the key " + before->first + ", which also means \"" +
                 (changed_here ? before->second : action.id) + "\"");
    }
  }
}

void KeyMap::apply(std::vector<Action>& actions) const {
  for (Action& action : actions)
    if (const auto found = keys_.find(action.id); found != keys_.end()) action.keys = found->second;
}

void write_keys(const std::filesystem::path& file, const std::vector<Action>& actions) {
  if (std::filesystem::exists(file)) throw std::runtime_error(readable(file.string()) + " is there already.");
  nlohmann::ordered_json json;
  for (const Action& action : actions) {
    if (action.id.empty()) continue;
    json[action.id] = nlohmann::ordered_json::array();
    for (const KeyPress& press : action.keys) json[action.id].push_back(text_of(press));
  }
  create_folder(file.parent_path());
  safe_write(file, [&](std::ostream& out) { out << json.dump(1) << "\n"; });
}

std::filesystem::path default_keys_file() {
  namespace fs = std::filesystem;
  const char *config = std::getenv("XDG_CONFIG_HOME"), *home = std::getenv("HOME");
  if (config && fs::path(config).is_absolute()) return fs::path(config) / "ahap/keys.json";
  return home && *home ? fs::path(home) / ".config/ahap/keys.json" : fs::path();
}

}  // namespace ahap
