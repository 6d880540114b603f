#include "reconstruction/results/results_folder.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;  // content by path

// Everything in a folder but the manifest, hidden files too.
Files files_in(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder).generic_string();
    if (!entry.is_directory() && path != kManifestName) files[path] = read_bytes(entry.path());
  }
  return files;
}

void write_files(const fs::path& folder, const Files& files) {
  for (const auto& [path, content] : files) {
    fs::create_directories((folder / path).parent_path());
    write_bytes(folder / path, content);
  }
}

void put(const fs::path& folder, const Files& files, const MoveFile& move = move_file) {
  ResultsFolder(folder, move).put([&](const fs::path& staging) { write_files(staging, files); });
}

const Files kFirst = {{"points.ply", "first"},
                      {"people/01.obj", "anna"},
                      {"people/02.obj", "ben"},
                      {"colmap/sparse/0/images.txt", "one"},
                      {"same.txt", "never changes"}};
const Files kSecond = {{"points.ply", "second"},
                       {"people/01.obj", "anna alone"},
                       {"smpl/01.npz", "numbers"},
                       {"same.txt", "never changes"}};

TEST(ResultsFolder, is_made_with_its_parents) {
  const TemporaryFolder place;
  put(place / "a/b/c", {{"points.ply", "points"}});
  EXPECT_EQ(read_bytes(place / "a/b/c/points.ply"), "points");
}

TEST(ResultsFolder, holds_what_was_put_and_a_list_of_it) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  EXPECT_EQ(files_in(place.path()), kFirst);
  const auto manifest = nlohmann::json::parse(read_bytes(place / kManifestName));
  ASSERT_EQ(manifest["files"].size(), kFirst.size());
  EXPECT_EQ(manifest["files"][0]["path"], "colmap/sparse/0/images.txt");
  EXPECT_EQ(manifest["files"][0]["size"], 3);
}

TEST(ResultsFolder,
     replaces_the_files_of_an_earlier_export_and_removes_those_that_the_new_one_does_not_have) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  put(place.path(), kSecond);
  EXPECT_EQ(files_in(place.path()), kSecond);
  EXPECT_FALSE(fs::exists(place / "colmap")) << "folders of ours that are empty now go too";
}

TEST(ResultsFolder, leaves_files_of_others_in_its_folders_alone) {
  const TemporaryFolder place;
  const Files own = {
      {"notes.txt", "my own"}, {"people/cam01.jpg", "photo"}, {"colmap/database.db", "hours of work"}};
  write_files(place.path(), own);
  put(place.path(), kFirst);
  put(place.path(), kSecond);
  Files expected = kSecond;
  expected.insert(own.begin(), own.end());
  EXPECT_EQ(files_in(place.path()), expected);
}

TEST(ResultsFolder, keeps_an_empty_folder_of_others_that_results_were_in) {
  const TemporaryFolder place;
  fs::create_directory(place / "people");
  put(place.path(), {{"people/01.obj", "anna"}});
  put(place.path(), {{"points.ply", "points"}});
  EXPECT_TRUE(fs::is_directory(place / "people"));
}

TEST(ResultsFolder, refuses_to_replace_what_it_did_not_write_and_names_it) {
  const TemporaryFolder place;
  write_files(place.path(), {{"points.ply", "a week in the field"}});
  EXPECT_THAT(sentence_of([&] { put(place.path(), kFirst); }),
              AllOf(HasSubstr((place / "points.ply").string() + " is in the way"),
                    HasSubstr("another output folder")));
  EXPECT_EQ(files_in(place.path()), (Files{{"points.ply", "a week in the field"}}));
}

TEST(ResultsFolder, refuses_to_replace_a_result_that_was_changed_since) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  write_bytes(place / "people/01.obj", "emma");  // of the same length
  EXPECT_THAT(sentence_of([&] { put(place.path(), kSecond); }), HasSubstr("people/01.obj is in the way"));
  EXPECT_EQ(read_bytes(place / "people/01.obj"), "emma");
  EXPECT_EQ(read_bytes(place / "points.ply"), "first");
}

TEST(ResultsFolder, leaves_a_changed_result_that_the_new_export_does_not_have) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  write_bytes(place / "people/02.obj", "ben, retouched");
  put(place.path(), kSecond);
  EXPECT_EQ(read_bytes(place / "people/02.obj"), "ben, retouched");
  EXPECT_EQ(read_bytes(place / "people/01.obj"), "anna alone");
}

TEST(ResultsFolder, refuses_a_file_where_a_folder_should_be_and_the_other_way_round) {
  const TemporaryFolder place;
  write_files(place.path(), {{"people", "a list of names"}, {"points.ply/photo.jpg", "photo"}});
  EXPECT_THAT(sentence_of([&] {
                put(place.path(), {{"people/01.obj", "anna"}});
              }),
              HasSubstr("people is in the way"));
  EXPECT_THAT(sentence_of([&] {
                put(place.path(), {{"points.ply", "points"}});
              }),
              HasSubstr("points.ply is in the way"));
}

TEST(ResultsFolder, does_not_write_through_links) {
  const TemporaryFolder place;
  write_files(place.path(), {{"elsewhere/01.obj", "linked"}});
  fs::create_directory(place / "out");
  fs::create_symlink("../elsewhere", place / "out/people");
  fs::create_symlink("../elsewhere/01.obj", place / "out/points.ply");
  EXPECT_THAT(sentence_of([&] {
                put(place / "out", {{"people/02.obj", "ben"}});
              }),
              HasSubstr("people is in the way"));
  EXPECT_THAT(sentence_of([&] {
                put(place / "out", {{"points.ply", "points"}});
              }),
              HasSubstr("points.ply is in the way"));
  EXPECT_EQ(read_bytes(place / "elsewhere/01.obj"), "linked");
}

TEST(ResultsFolder, says_before_anything_is_computed_what_will_be_in_the_way) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  write_files(place.path(),
              {{"people/cam01.jpg", "photo"}, {"scene.glb", "mine"}, {"people/03.obj", "mine"}});
  const auto names = [](const std::string& path) {
    return path == "scene.glb" || path == "points.ply" || path == "people/" || path.ends_with(".obj");
  };
  const ResultsFolder results(place.path());
  EXPECT_THAT(sentence_of([&] { results.require_replaceable(names); }),
              HasSubstr((place / "people/03.obj").string() + " (and 1 more) is in the way"));
  results.require_replaceable(
      [](const std::string& path) { return path == "points.ply" || path == "people/"; });
}

TEST(ResultsFolder, refuses_a_list_that_is_not_its_own_or_leads_out_of_the_folder) {
  const TemporaryFolder place;
  write_bytes(place / "precious.txt", "x");
  fs::create_directory(place / "out");
  for (
      const char* content :
      {"my notes", "[1, 2]", R"({"program": "Other", "files": [], "folders": []})",
       R"({"program": "AHAP Studio", "files": [{"path": "../precious.txt", "size": 1, "hash": "af63f54c86021707"}], "folders": []})",
       R"({"program": "AHAP Studio", "files": [{"path": "a", "size": 1, "hash": "zz"}], "folders": []})"}) {
    write_bytes(place / "out" / kManifestName, content);
    EXPECT_THAT(sentence_of([&] { put(place / "out", kFirst); }), HasSubstr("is not a list of results"))
        << content;
    EXPECT_EQ(read_bytes(place / "out" / kManifestName), content);
  }
  EXPECT_EQ(read_bytes(place / "precious.txt"), "x");
}

TEST(ResultsFolder, stays_as_it_was_when_writing_fails_half_way) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  ResultsFolder results(place.path());
  EXPECT_EQ(sentence_of([&] {
              results.put([](const fs::path& staging) {
                write_bytes(staging / "points.ply", "half");
                throw std::runtime_error("the disk is full");
              });
            }),
            "the disk is full");
  Files expected = kFirst;
  EXPECT_THAT(read_bytes(place / ".ahap-lock"), HasSubstr(std::to_string(getpid())));
  expected[".ahap-lock"] = read_bytes(place / ".ahap-lock");
  EXPECT_EQ(files_in(place.path()), expected);
}

TEST(ResultsFolder, removes_what_it_made_when_nothing_was_put) {
  const TemporaryFolder place;
  { const ResultsFolder results(place / "a/b"); }
  EXPECT_EQ(place.count(), 0u);
}

TEST(ResultsFolder, keeps_an_empty_folder_that_was_there_before) {
  const TemporaryFolder place;
  fs::create_directory(place / "mine");
  { const ResultsFolder results(place / "mine"); }
  EXPECT_TRUE(fs::is_directory(place / "mine"));
}

TEST(ResultsFolder, says_which_folder_cannot_be_made) {
  const TemporaryFolder place;
  write_bytes(place / "file", "in the way");
  for (const auto& folder : {place / "file", place / "file/results"}) {
    EXPECT_THAT(sentence_of([&] { ResultsFolder results(folder); }), HasSubstr(folder.string())) << folder;
  }
  EXPECT_EQ(read_bytes(place / "file"), "in the way");
}

// Counts the moves of files and interferes with one of them.
struct MoveCounter {
  int moves = 0;

  MoveFile before(int number, std::function<void()> act) {
    return [this, number, act](const fs::path& from, const fs::path& to) {
      if (moves++ == number) act();
      move_file(from, to);
    };
  }
};

int moves_of_second_export() {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  MoveCounter counter;
  put(place.path(), kSecond, counter.before(-1, [] {}));
  return counter.moves;
}

TEST(ResultsFolder, takes_everything_back_when_any_move_fails) {
  const int moves = moves_of_second_export();
  ASSERT_EQ(moves, 6 + 5 + 1) << "what goes, what comes, each with the list, and the end of the journal";
  for (int number = 0; number < moves; ++number) {
    const TemporaryFolder place;
    put(place.path(), kFirst);
    MoveCounter counter;
    const MoveFile move =
        counter.before(number, [] { throw std::runtime_error("cannot write: no more space"); });
    EXPECT_THAT(sentence_of([&] { put(place.path(), kSecond, move); }),
                AllOf(HasSubstr("no more space"), HasSubstr("results of before were kept")));
    EXPECT_EQ(files_in(place.path()), kFirst) << "move " << number;
    put(place.path(), kSecond);
    EXPECT_EQ(files_in(place.path()), kSecond) << "move " << number;
  }
}

TEST(ResultsFolder, takes_everything_back_at_the_next_start_when_that_fails_too) {
  const int moves = moves_of_second_export();
  for (int number = 1; number < moves; ++number) {
    const TemporaryFolder place;
    put(place.path(), kFirst);
    int made = 0;
    const MoveFile move = [&](const fs::path& from, const fs::path& to) {
      if (made++ >= number) throw std::runtime_error("the disk was taken out");
      move_file(from, to);
    };
    EXPECT_THAT(sentence_of([&] { put(place.path(), kSecond, move); }), HasSubstr("return to their places"));
    EXPECT_THAT(ResultsFolder(place.path()).notes(), ElementsAre(HasSubstr("has been undone")));
    EXPECT_EQ(files_in(place.path()), kFirst) << "move " << number;
  }
}

// Runs in a process of its own, which is ended by _exit as by a kill; true where that happened.
bool killed_in(const std::function<void()>& action) {
  const pid_t process = fork();
  if (process == 0) {
    action();
    _exit(0);
  }
  int status = 0;
  waitpid(process, &status, 0);
  return WEXITSTATUS(status) == 9;
}

TEST(ResultsFolder, killed_at_any_move_is_put_right_by_the_next_start) {
  const int moves = moves_of_second_export();
  for (int number = 0; number <= moves; ++number) {
    const TemporaryFolder place;
    put(place.path(), kFirst);
    MoveCounter counter;
    const bool killed = killed_in([&] {
      put(place.path(), kSecond, counter.before(number, [] { _exit(9); }));
      _exit(9);  // right after the last one
    });
    ASSERT_TRUE(killed);
    const bool complete = number == moves;
    { EXPECT_EQ(ResultsFolder(place.path()).notes().size(), complete ? 0u : 1u) << "move " << number; }
    EXPECT_EQ(files_in(place.path()), complete ? kSecond : kFirst) << "move " << number;
    put(place.path(), kSecond);
    EXPECT_EQ(files_in(place.path()), kSecond) << "move " << number;
  }
}

TEST(ResultsFolder, killed_while_it_is_put_right_is_put_right_by_the_start_after_that) {
  const Files before = {{"points.ply", "first"}, {"people/02.obj", "ben"}},
              after = {{"points.ply", "second"}};
  const int moves = 3 + 2 + 1;
  for (int again = 0, killed = 1; killed; ++again) {
    killed = 0;
    for (int number = 0; number < moves; ++number) {
      const TemporaryFolder place;
      put(place.path(), before);
      MoveCounter first, second;
      ASSERT_TRUE(killed_in([&] { put(place.path(), after, first.before(number, [] { _exit(9); })); }));
      killed += killed_in([&] { ResultsFolder(place.path(), second.before(again, [] { _exit(9); })); });
      { const ResultsFolder third(place.path()); }
      EXPECT_EQ(files_in(place.path()), before) << "moves " << number << " and " << again;
    }
  }
}

TEST(ResultsFolder, killed_while_writing_leaves_nothing_after_the_next_start) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  ASSERT_TRUE(killed_in([&] {
    ResultsFolder(place.path()).put([](const fs::path& staging) {
      write_files(staging, {{"points.ply", "half"}});
      _exit(9);
    });
  }));
  { EXPECT_THAT(ResultsFolder(place.path()).notes(), IsEmpty()); }
  EXPECT_EQ(files_in(place.path()), kFirst);
}

TEST(ResultsFolder, puts_back_files_that_were_moved_aside_without_a_journal) {
  const TemporaryFolder place;
  write_files(place.path(), {{".ahap-unfinished/old/people/cam01.jpg", "photo"},
                             {".ahap-unfinished/old/points.ply", "mine"},
                             {".ahap-unfinished/new/scene.glb", "half"},
                             {"points.ply", "came later"}});
  {
    EXPECT_THAT(ResultsFolder(place.path()).notes(), ElementsAre(HasSubstr((place / "recovered").string())));
  }
  EXPECT_EQ(
      files_in(place.path()),
      (Files{{"people/cam01.jpg", "photo"}, {"points.ply", "came later"}, {"recovered/points.ply", "mine"}}));
}

TEST(ResultsFolder, keeps_a_file_that_a_person_put_there_between_the_kill_and_the_next_start) {
  const TemporaryFolder place;
  put(place.path(), kFirst);
  MoveCounter counter;
  killed_in([&] { put(place.path(), kSecond, counter.before(7, [] { _exit(9); })); });
  write_bytes(place / "points.ply", "a person's");
  { const ResultsFolder results(place.path()); }
  Files expected = kFirst;
  expected["points.ply"] = "a person's";
  expected["recovered/points.ply"] = "first";
  EXPECT_EQ(files_in(place.path()), expected);
}

TEST(ResultsFolder, takes_a_folder_of_that_name_with_other_things_in_it_for_somebody_elses) {
  const TemporaryFolder place;
  write_files(place.path(), {{".ahap-unfinished/letter.txt", "to Anna"}});
  put(place.path(), kFirst);
  EXPECT_EQ(read_bytes(place / ".ahap-unfinished/letter.txt"), "to Anna");
}

TEST(ResultsFolder, belongs_to_one_run_at_a_time_and_says_to_which) {
  const TemporaryFolder place;
  const ResultsFolder first(place.path());
  EXPECT_THAT(
      sentence_of([&] { ResultsFolder second(place.path()); }),
      AllOf(HasSubstr(place.path().string() + ": is being written by"),
            HasSubstr("process " + std::to_string(getpid()) + " on "), HasSubstr("choose another folder")));
}

TEST(ResultsFolder, is_taken_over_from_a_process_that_was_killed) {
  const TemporaryFolder place;
  ASSERT_TRUE(killed_in([&] {
    ResultsFolder results(place.path());
    _exit(9);
  }));
  ASSERT_TRUE(fs::exists(place / ".ahap-lock"));
  put(place.path(), kFirst);
  EXPECT_EQ(files_in(place.path()), kFirst);
}

TEST(ResultsFolder, does_not_take_somebody_elses_file_for_a_lock) {
  const TemporaryFolder place;
  write_bytes(place / ".ahap-lock", "the key is under the mat");
  EXPECT_THAT(sentence_of([&] { ResultsFolder results(place.path()); }),
              HasSubstr(".ahap-lock: is in the way"));
  EXPECT_EQ(read_bytes(place / ".ahap-lock"), "the key is under the mat");
}

TEST(ResultsFolder, many_runs_into_one_folder_give_the_results_of_one_of_them) {
  const TemporaryFolder place;
  std::vector<pid_t> processes;
  for (int run = 0; run < 6; ++run) {
    const pid_t process = fork();
    if (process == 0) {
      const std::string content(1000, char('a' + run));
      try {
        for (int i = 0; i < 20; ++i) put(place.path(), {{"points.ply", content}, {"people/01.obj", content}});
      } catch (const std::exception& error) {
        _exit(std::string(error.what()).find("is being written by") != std::string::npos ? 1 : 2);
      }
      _exit(0);
    }
    processes.push_back(process);
  }
  for (const pid_t process : processes) {
    int status = 0;
    waitpid(process, &status, 0);
    EXPECT_LT(WEXITSTATUS(status), 2) << "another one is the only reason not to write";
  }
  put(place.path(), {{"points.ply", "last"}});
  EXPECT_EQ(files_in(place.path()), (Files{{"points.ply", "last"}}));
}

TEST(ResultsFolder, is_left_clean_by_an_end_from_outside) {
  const TemporaryFolder place;
  put(place / "old", kFirst);
  ASSERT_TRUE(killed_in([&] {
    ResultsFolder made(place / "a/b");
    ResultsFolder(place / "old").put([](const fs::path& staging) {
      write_files(staging, {{"points.ply", "half"}});
      remove_unfinished();
      _exit(9);
    });
  }));
  EXPECT_FALSE(fs::exists(place / "a"));
  EXPECT_EQ(files_in(place / "old"), kFirst);
}

}  // namespace
}  // namespace ahap
