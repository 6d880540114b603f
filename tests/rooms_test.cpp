#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// Rooms are folders; CMakeLists.txt says of each which rooms lie below it.
namespace {

namespace fs = std::filesystem;

struct Room {
  std::vector<std::string> folders, below;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

class Rooms : public ::testing::Test {
 protected:
  Rooms() {
    std::ifstream in(AHAP_ROOMS_FILE);
    for (std::string line; std::getline(in, line);) {
      std::istringstream fields(line);
      std::string name, folders, below;
      std::getline(fields, name, '|');
      std::getline(fields, folders, '|');
      std::getline(fields, below);
      if (name.empty()) continue;
      rooms_[name] = {split(folders, ','), split(below, ',')};
      for (const std::string& folder : rooms_[name].folders) room_of_[folder] = name;
    }
  }
  // The room and all below it.
  std::set<std::string> reach(const std::string& name) const {
    std::set<std::string> all = {name};
    for (const std::string& room : rooms_.at(name).below) all.merge(reach(room));
    return all;
  }
  std::map<std::string, Room> rooms_;
  std::map<std::string, std::string> room_of_;
};

TEST_F(Rooms, include_only_themselves_and_rooms_below) {
  ASSERT_FALSE(rooms_.empty());
  const fs::path root = AHAP_SOURCE_DIR;
  const std::regex include("#include \"((?:reconstruction|renderer)/[^\"]+)\"");
  int files = 0;
  for (const auto& [name, room] : rooms_) {
    const std::set<std::string> allowed = reach(name);
    for (const std::string& folder : room.folders) {
      for (const auto& entry : fs::directory_iterator(root / folder)) {
        if (!entry.is_regular_file()) continue;
        ++files;
        std::ifstream in(entry.path());
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        for (std::sregex_iterator at(text.begin(), text.end(), include), end; at != end; ++at) {
          const std::string target = fs::path((*at)[1].str()).parent_path();
          const auto found = room_of_.find(target);
          if (found == room_of_.end()) continue;  // the plain values of reconstruction/ are below every room
          EXPECT_TRUE(allowed.contains(found->second)) << entry.path() << " includes " << (*at)[1] << ", but "
                                                       << found->second << " does not lie below " << name;
        }
      }
    }
  }
  EXPECT_GT(files, 100);
}

TEST_F(Rooms, are_all_folders_that_hold_code) {
  const fs::path root = AHAP_SOURCE_DIR;
  for (const auto& entry : fs::recursive_directory_iterator(root / "reconstruction")) {
    if (entry.path().extension() != ".h") continue;
    const std::string folder = entry.path().lexically_relative(root).parent_path();
    if (folder == "reconstruction") continue;
    EXPECT_TRUE(room_of_.contains(folder)) << folder << " belongs to no room of CMakeLists.txt";
  }
}

}  // namespace
