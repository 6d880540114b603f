#include "reconstruction/training/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconstruction/training/curves.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::read_bytes;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

TEST(History, IsTakenUpWhereItWasLeft) {
  const TemporaryFolder folder;
  History first(folder / "log.csv");
  first.add({20, 1.5, {{"loss", 2}}});
  first.add({40, 3, {{"loss", 1}, {"rate", 0.5}}});
  const History second(folder / "log.csv");
  ASSERT_EQ(second.rows().size(), 2u);
  EXPECT_EQ(second.rows()[0].values, (Measures{{"loss", 2}}));
  EXPECT_EQ(second.rows()[1].values, (Measures{{"loss", 1}, {"rate", 0.5}}));
  EXPECT_EQ(second.rows()[1].step, 40);
}

TEST(History, ForgetsWhatCameAfterTheCheckpoint) {
  const TemporaryFolder folder;
  History history(folder / "log.csv");
  for (const int step : {20, 40, 60}) history.add({step, 0, {{"loss", 1. / step}}});
  history.cut_after(40);
  EXPECT_TRUE(history.has(40));
  EXPECT_FALSE(history.has(60));
  EXPECT_EQ(History(folder / "log.csv").rows().size(), 2u);
}

TEST(History, AnotherFileIsNotTakenForOne) {
  const TemporaryFolder folder;
  for (const char* text :
       {"name,phone\nAnna,1\n", "step,seconds,loss\n1,two,3\n", "step,seconds,loss\n1,2,3,4\n"}) {
    write_bytes(folder / "log.csv", text);
    EXPECT_THAT(sentence_of([&] { History history(folder / "log.csv"); }), HasSubstr("log.csv"));
  }
}

TEST(Curves, AreDrawnFromTheTablesOfARun) {
  const TemporaryFolder folder;
  History log(folder / "log.csv"), validation(folder / "validation.csv");
  for (int step = 20; step <= 100; step += 20) log.add({step, 0, {{"loss", 1. / step}}});
  validation.add({100, 0, {{"recall", 0.9}}});
  draw_curves(folder.path(), folder / "curves.png");
  EXPECT_EQ(read_bytes(folder / "curves.png").substr(1, 3), "PNG");
}

TEST(Curves, OfNoRunAreRefused) {
  const TemporaryFolder folder;
  EXPECT_THAT(sentence_of([&] { draw_curves(folder.path(), folder / "curves.png"); }),
              HasSubstr(folder.path().string()));
  EXPECT_EQ(folder.count(), 0u);
}

}  // namespace
}  // namespace ahap
