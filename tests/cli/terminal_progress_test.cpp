#include "app/cli/terminal_progress.h"

#include <gmock/gmock.h>

#include <sstream>

namespace ahap {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Detail = TerminalProgress::Detail;

TEST(TerminalProgress, is_one_line_per_stage_in_a_log_file) {
  std::ostringstream log;
  TerminalProgress progress(log, false, Detail::normal);
  progress.report("depth and cameras", 0);
  progress.report("depth and cameras", 0.5);
  progress.begin("frame 12");
  progress.report("people", 0);
  EXPECT_EQ(log.str(), "depth and cameras\nframe 12: people\n");
}

TEST(TerminalProgress, is_a_bar_that_stays_on_its_line_on_a_terminal) {
  std::ostringstream terminal;
  TerminalProgress progress(terminal, true, Detail::normal);
  progress.report("depth and cameras", 0.5);
  EXPECT_THAT(terminal.str(), StartsWith("\r"));
  EXPECT_THAT(terminal.str(), HasSubstr("50 %  depth and cameras"));
  EXPECT_EQ(terminal.str().find('\n'), std::string::npos);
}

TEST(TerminalProgress, takes_the_bar_away_before_it_speaks_and_at_its_end) {
  std::ostringstream terminal;
  {
    TerminalProgress progress(terminal, true, Detail::normal);
    progress.report("depth and cameras", 1);
    progress.say("4 views");
    EXPECT_TRUE(terminal.str().ends_with("\r\033[K4 views\n"));
    progress.report("points", 0);
  }
  EXPECT_TRUE(terminal.str().ends_with("\r\033[K"));
}

TEST(TerminalProgress, says_nothing_when_quiet) {
  std::ostringstream terminal;
  {
    TerminalProgress progress(terminal, true, Detail::quiet);
    progress.report("depth and cameras", 0.5);
    progress.say("4 views");
  }
  EXPECT_EQ(terminal.str(), "");
}

}  // namespace
}  // namespace ahap
