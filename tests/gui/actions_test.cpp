#include "app/gui/actions.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <gmock/gmock.h>

#include <fstream>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

TEST(KeyPress, has_a_text_that_means_it) {
  const std::pair<KeyPress, const char*> pairs[] = {
      {{GLFW_KEY_Z, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT}, "Ctrl+Shift+Z"},
      {{GLFW_KEY_F12, 0}, "F12"},
      {{GLFW_KEY_LEFT, GLFW_MOD_ALT}, "Alt+Left"},
      {{GLFW_KEY_KP_7, 0}, "Keypad7"},
      {{GLFW_KEY_KP_ADD, GLFW_MOD_CONTROL}, "Ctrl+Keypad+"},
      {{GLFW_KEY_MINUS, GLFW_MOD_CONTROL}, "Ctrl+-"},
      {{GLFW_KEY_LEFT_BRACKET, 0}, "["},
      {{GLFW_KEY_5, 0}, "5"}};
  for (const auto& [press, text] : pairs) {
    EXPECT_EQ(text_of(press), text);
    EXPECT_EQ(key_press_of(text), press) << text;
  }
  EXPECT_EQ(key_press_of("shift+ctrl+z"), pairs[0].first) << "in any case and order";
}

TEST(KeyPress, is_nothing_for_other_texts) {
  for (const char* text : {"", "+", "Ctrl", "Ctrl+", "Ctrl+Ctrl+Z", "Strg+Z", "F0", "F26", "F1x", "Keypad10",
                           "ZZ", "Ctrl+\xC3\xA4"})
    EXPECT_FALSE(key_press_of(text)) << text;
}

std::vector<Action> some_actions() {
  std::vector<Action> actions = {{.id = "undo", .group = "Capture", .text = "Undo"},
                                 {.id = "points", .group = "View", .text = "Show or hide the points"},
                                 {.id = "no-range", .group = "Time", .text = "No range: single frames"},
                                 {.id = "", .group = "Person", .text = "Choose Pointer Jo"}};
  actions[0].keys = {key_press_of("Ctrl+Z").value()};
  actions[1].keys = {key_press_of("P").value()};
  return actions;
}

std::vector<std::string> found(const std::vector<Action>& actions, const char* typed) {
  std::vector<std::string> texts;
  for (const Action* action : matching(actions, typed)) texts.push_back(action->text);
  return texts;
}

TEST(Palette, finds_by_words_in_any_order_and_case) {
  const std::vector<Action> actions = some_actions();
  EXPECT_EQ(found(actions, "").size(), 4u);
  EXPECT_THAT(found(actions, "POINTS show"), ElementsAre("Show or hide the points"));
  EXPECT_THAT(found(actions, "xyz"), ElementsAre());
}

TEST(Palette, puts_beginnings_of_words_before_middles_and_texts_before_groups) {
  std::vector<Action> actions = some_actions();
  EXPECT_THAT(found(actions, "do"), ElementsAre("Undo")) << "in the middle of a word";
  EXPECT_THAT(found(actions, "n"),
              ElementsAre("No range: single frames", "Undo", "Show or hide the points", "Choose Pointer Jo"));
  actions[2].possible = false;
  EXPECT_EQ(found(actions, "n").back(), "No range: single frames") << "what is not possible now comes last";
}

TEST(Action, is_meant_by_its_keys_while_it_is_possible) {
  std::vector<Action> actions = some_actions();
  const KeyPress undo = key_press_of("Ctrl+Z").value();
  EXPECT_EQ(action_of(actions, undo), &actions[0]);
  EXPECT_EQ(action_of(actions, key_press_of("Z").value()), nullptr);
  actions[0].possible = false;
  EXPECT_EQ(action_of(actions, undo), nullptr);
}

class KeyMapTest : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& text) const {
    std::ofstream(place_ / "keys.json") << text;
    return place_ / "keys.json";
  }
  std::string refusal(const std::string& text) const {
    try {
      KeyMap(file(text), some_actions());
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("keys.json"));
      return error.what();
    }
    return "taken";
  }
  TemporaryFolder place_;
};

TEST_F(KeyMapTest, gives_actions_other_keys_several_or_none) {
  std::vector<Action> actions = some_actions();
  const KeyMap map(file(R"({"undo": ["Ctrl+Z", "Backspace"], "points": [], "no-range": "Ctrl+P"})"), actions);
  map.apply(actions);
  EXPECT_EQ(action_of(actions, key_press_of("Backspace").value()), &actions[0]);
  EXPECT_EQ(action_of(actions, key_press_of("P").value()), nullptr);
  EXPECT_EQ(action_of(actions, key_press_of("Ctrl+P").value()), &actions[2]);
}

TEST_F(KeyMapTest, a_key_may_go_from_one_action_to_another) {
  std::vector<Action> actions = some_actions();
  KeyMap(file(R"({"undo": "P", "points": "Ctrl+Z"})"), actions).apply(actions);
  EXPECT_EQ(action_of(actions, key_press_of("P").value()), &actions[0]);
}

TEST_F(KeyMapTest, says_what_in_the_file_makes_no_sense) {
  EXPECT_THAT(refusal("{"), HasSubstr("JSON"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("object"));
  EXPECT_THAT(refusal(R"({"fly": "P"})"), HasSubstr("\"fly\" is no action"));
  EXPECT_THAT(refusal(R"({"": "P"})"), HasSubstr("is no action"));
  EXPECT_THAT(refusal(R"({"undo": "Strg+Z"})"), HasSubstr("\"Strg+Z\", which does not exist"));
  EXPECT_THAT(refusal(R"({"undo": 7})"), HasSubstr("\"undo\" should have a key"));
  EXPECT_THAT(refusal(R"({"undo": [["Z"]]})"), HasSubstr("\"undo\" should have a key"));
  EXPECT_THAT(refusal(R"({"undo": "P"})"), HasSubstr("the key P, which also means \"points\""));
  EXPECT_THAT(refusal(R"({"undo": "w"})"), HasSubstr("flies"));
  EXPECT_THAT(refusal(R"({"undo": "Shift+3"})"), HasSubstr("means a person"));
  EXPECT_THAT(refusal(R"({"undo": "Esc"})"), HasSubstr("leaves"));
}

TEST_F(KeyMapTest, the_file_that_is_written_changes_nothing_and_replaces_nothing) {
  std::vector<Action> actions = some_actions();
  const std::filesystem::path written = place_ / "config/keys.json";
  write_keys(written, actions);
  KeyMap(written, actions).apply(actions);
  for (std::size_t i = 0; i < actions.size(); ++i) EXPECT_EQ(actions[i].keys, some_actions()[i].keys);
  EXPECT_THROW(write_keys(written, actions), std::runtime_error);
}

}  // namespace
}  // namespace ahap
