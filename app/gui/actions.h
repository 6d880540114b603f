#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/gui/key_press.h"

namespace ahap {

// Something that a key or the palette asks of the window.
struct Action {
  std::string id;  // in keys.json; empty: it has no key
  std::string group, text;
  std::vector<KeyPress> keys = {};  // that mean it
  bool possible = true;             // now
  std::function<void()> run = {};
};

// The possible one that the key means, null: none.
const Action* action_of(const std::vector<Action>& actions, const KeyPress& press);

// Those in whose text, group or id every typed word lies, the best first: words that begin with what was
// typed come before words that contain it, and what is possible before what is not.
std::vector<const Action*> matching(const std::vector<Action>& actions, std::string_view typed);
bool matches(std::string_view text, std::string_view typed);

// The keys as somebody wants them: a JSON object with the id of an action and its keys, one or a list.
class KeyMap {
 public:
  KeyMap() = default;
  // Throws a sentence where the file cannot be read, names what is no action or no key, or would give one key
  // to two actions or to something else that it means already.
  KeyMap(const std::filesystem::path& file, const std::vector<Action>& actions);
  // To the actions with their first keys.
  void apply(std::vector<Action>& actions) const;

 private:
  std::map<std::string, std::vector<KeyPress>> keys_;
};

// A file with the keys of all actions, to be changed by hand. Throws a sentence; a file that is there stays.
void write_keys(const std::filesystem::path& file, const std::vector<Action>& actions);

// $XDG_CONFIG_HOME/ahap/keys.json, else ~/.config/ahap/keys.json; empty where there is neither.
std::filesystem::path default_keys_file();

}  // namespace ahap
