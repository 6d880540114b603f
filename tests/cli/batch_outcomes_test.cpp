#include "app/cli/batch_outcomes.h"

#include <gmock/gmock.h>

#include "app/cli/batch_record.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kHeaderLine = "capture,outcome,seconds,views,people,message\n";

class OutcomeTableTest : public ::testing::Test {
 protected:
  TemporaryFolder place_;
  fs::path file_ = place_ / "outcomes.csv";
};

TEST_F(OutcomeTableTest, is_a_csv_file_in_natural_order_after_each_capture) {
  OutcomeTable table(file_);
  table.put("take10", {Outcome::done, 1.5, 4, 2, ""});
  EXPECT_EQ(read_bytes(file_), kHeaderLine + "take10,done,1.50,4,2,\n");
  table.put("take9", {Outcome::failed, 0.25, {}, {}, "take9: has \"nothing\", at all"});
  EXPECT_EQ(
      read_bytes(file_),
      kHeaderLine + "take9,failed,0.25,,,\"take9: has \"\"nothing\"\", at all\"\ntake10,done,1.50,4,2,\n");
  EXPECT_EQ(place_.count(), 1u) << "nothing is left beside it";
}

TEST_F(OutcomeTableTest, is_read_as_it_was_written_whatever_captures_are_called) {
  const std::vector<std::string> names = {"a,b",        "say \"a\"", "\"",  "two\nlines\r",
                                          "d\xE9j\xE0", ",",         "k\\x"};
  {
    OutcomeTable table(file_);
    for (const std::string& name : names) table.put(name, {Outcome::skipped, 2, 3, 4, name + " is complete"});
  }
  const std::string written = read_bytes(file_);
  OutcomeTable table(file_);
  for (const std::string& name : names) {
    const CaptureOutcome* outcome = table.find(name);
    ASSERT_NE(outcome, nullptr) << name;
    EXPECT_EQ(outcome->outcome, Outcome::skipped);
    EXPECT_EQ(outcome->views, 3);
    EXPECT_EQ(outcome->people, 4);
    EXPECT_EQ(outcome->seconds, 2);
  }
  table.put(names[0], *table.find(names[0]));
  EXPECT_EQ(read_bytes(file_), written);
}

TEST_F(OutcomeTableTest, keeps_what_an_earlier_run_told_until_it_is_told_anew) {
  OutcomeTable(file_).put("a", {Outcome::failed, 1, {}, {}, "the disk is full"});
  OutcomeTable(file_).put("b", {Outcome::done, 2, 2, 2, ""});
  EXPECT_EQ(read_bytes(file_), kHeaderLine + "a,failed,1.00,,,the disk is full\nb,done,2.00,2,2,\n");
  OutcomeTable(file_).put("a", {Outcome::done, 3, 2, 1, ""});
  EXPECT_EQ(read_bytes(file_), kHeaderLine + "a,done,3.00,2,1,\nb,done,2.00,2,2,\n");
}

TEST_F(OutcomeTableTest, replaces_no_file_that_is_not_one_of_its_own) {
  for (const std::string& text : std::vector<std::string>{
           "", "my,own,table\n1,2,3\n", kHeaderLine + "a,done\n", kHeaderLine + "a,won,,,,\n",
           kHeaderLine + "a,done,soon,,,\n", kHeaderLine + "a,done,-1,,,\n", kHeaderLine + "a,done,nan,,,\n",
           kHeaderLine + "a,done,,1.5,,\n", kHeaderLine + "a,done,,99999999999,,\n",
           kHeaderLine + ",done,,,,\n", kHeaderLine + "\"a,done,,,,\n", kHeaderLine + "\"a\"b,done,,,,\n",
           kHeaderLine + "a,done,,,,,\n", kHeaderLine + "\"", kHeaderLine + "\n",
           kHeaderLine + "a,done,,,,\na,done,,,,\n", std::string(1 << 20, 'x'),
           kHeaderLine + std::string(1000, '\0')}) {
    write_bytes(file_, text);
    EXPECT_THAT(sentence_of([&] { OutcomeTable table(file_); }), HasSubstr("is in the way"))
        << text.substr(0, 80);
    EXPECT_EQ(read_bytes(file_), text);
  }
  fs::remove(file_);
  fs::create_directory(file_);
  EXPECT_THAT(sentence_of([&] { OutcomeTable table(file_); }), HasSubstr("is in the way"));
}

TEST(BatchRecord, keeps_results_of_different_options_apart_and_says_which_differ) {
  const TemporaryFolder place;
  record_batch(place.path(), {{"--model", "compact"}}, false);
  record_batch(place.path(), {{"--model", "compact"}}, false);
  EXPECT_THAT(sentence_of([&] {
                record_batch(place.path(), {{"--model", "compact"}, {"--export", "json"}}, false);
              }),
              AllOf(HasSubstr("--export: not given, now json"), HasSubstr("--again")));
  record_batch(place.path(), {{"--model", "photo"}}, true);
  EXPECT_THAT(sentence_of([&] {
                record_batch(place.path(), {{"--model", "compact"}}, false);
              }),
              HasSubstr("--model: photo, now compact"));
}

TEST(BatchRecord, replaces_no_file_that_is_not_one_of_its_own) {
  const TemporaryFolder place;
  for (const std::string& text : std::vector<std::string>{
           "", "{", "[]", "{}", R"({"about": 1})", R"({"options": {}})", std::string(200, '['),
           R"({"about": "AHAP Studio: the options of `ahap batch` that the results here were made with",)"
           R"( "options": {"--model": 3}})"}) {
    write_bytes(place / kBatchRecordName, text);
    for (const bool again : {false, true})
      EXPECT_THAT(sentence_of([&] { record_batch(place.path(), {}, again); }), HasSubstr("is in the way"))
          << text;
    EXPECT_EQ(read_bytes(place / kBatchRecordName), text);
  }
}

}  // namespace
}  // namespace ahap
