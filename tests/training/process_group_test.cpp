#include "reconstruction/training/process_group.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fixtures/temporary_folder.h"
#include "tests/training/linear_stage.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::linear_run;
using testing::LinearStage;
using testing::sentence_of;
using testing::TemporaryFolder;

using Environment = std::vector<std::pair<std::string, std::string>>;

int free_port() {
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(handle, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  close(handle);
  return ntohs(address.sin_port);
}

// This test program with one test alone, as a process of its own.
pid_t start(const std::string& test, const Environment& environment) {
  const std::string filter = "--gtest_filter=" + test;
  const pid_t process = fork();
  if (process != 0) return process;
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  execl("/proc/self/exe", "test_core", filter.c_str(), "--gtest_also_run_disabled_tests", nullptr);
  _exit(127);
}

int status_of(pid_t process) {
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

constexpr int kSteps = 30;

// One of two processes; started by the tests below.
TEST(ProcessGroupWorker, DISABLED_Trains) {
  const ProcessGroup group = ProcessGroup::from_environment();
  LinearStage stage;
  if (const char* step = std::getenv("AHAP_TEST_KILLED_AT")) stage.killed_at = std::stoi(step);
  if (group.rank() == 1) {  // what it starts with does not count
    torch::NoGradGuard no_grad;
    for (auto& p : stage.module().parameters()) p.fill_(7);
  }
  train(stage, linear_run(std::getenv("AHAP_TEST_RUN"), kSteps), {}, group);
}

struct TwoProcesses : ::testing::Test {
  void SetUp() override {
    setenv("WORLD_SIZE", "2", 1);
    const std::string sentence = sentence_of([] { ProcessGroup::from_environment(); });
    unsetenv("WORLD_SIZE");
    if (sentence.find("built without") != std::string::npos) GTEST_SKIP() << sentence;
  }
  // Statuses of both.
  std::vector<int> train_together(const std::filesystem::path& run, Environment also = {}) {
    const int port = free_port();
    std::vector<pid_t> processes;
    for (const int rank : {0, 1}) {
      Environment environment = {{"RANK", std::to_string(rank)},  {"WORLD_SIZE", "2"},
                                 {"MASTER_ADDR", "127.0.0.1"},    {"MASTER_PORT", std::to_string(port)},
                                 {"AHAP_TEST_RUN", run.string()}, {"OMP_NUM_THREADS", "1"}};
      environment.insert(environment.end(), also.begin(), also.end());
      processes.push_back(start("ProcessGroupWorker.*", environment));
    }
    return {status_of(processes[0]), status_of(processes[1])};
  }
  torch::Tensor trained(const std::filesystem::path& run) {
    LinearStage stage;
    load_averaged(stage.module(), run / "checkpoint.safetensors");
    return stage.weights();
  }
  TemporaryFolder folder;
};

// The batches of both processes in one.
class UnionStage : public LinearStage {
  torch::Tensor loss(std::uint64_t seed, int step, Measures& terms) override {
    const auto a = LinearStage::loss(seed, step, terms);
    return (a + LinearStage::loss(seed + 1000ull * 1'000'000'007ull, step, terms)) / 2;
  }
};

TEST_F(TwoProcesses, LearnAsOneDoesFromBothBatches) {
  EXPECT_THAT(train_together(folder / "two"), ::testing::ElementsAre(0, 0));
  UnionStage one;
  train(one, linear_run(folder / "one", kSteps));
  const auto difference = (trained(folder / "two") - one.weights()).abs().max().item<double>();
  EXPECT_LT(difference, 1e-5);
  LinearStage alone;  // so that the comparison means something
  train(alone, linear_run(folder / "alone", kSteps));
  EXPECT_GT((alone.weights() - one.weights()).abs().max().item<double>(), 1e-3);
}

TEST_F(TwoProcesses, ContinueAfterAKillAsIfNothingHadHappened) {
  train_together(folder / "whole");
  EXPECT_THAT(train_together(folder / "killed", {{"AHAP_TEST_KILLED_AT", "17"}}),
              ::testing::Not(::testing::Contains(0)));
  EXPECT_THAT(train_together(folder / "killed"), ::testing::ElementsAre(0, 0));
  EXPECT_TRUE(torch::equal(trained(folder / "whole"), trained(folder / "killed")));
}

TEST(ProcessGroup, WithoutEnvironmentIsOneProcess) {
  const ProcessGroup group = ProcessGroup::from_environment();
  EXPECT_EQ(group.size(), 1);
  EXPECT_EQ(group.rank(), 0);
  EXPECT_TRUE(group.any(true));
  EXPECT_EQ(group.from_first("bytes"), "bytes");
}

TEST_F(TwoProcesses, NeedACompleteEnvironment) {
  const auto sentence = [](const Environment& environment) {
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    const auto result = sentence_of([] { ProcessGroup::from_environment(); });
    for (const auto& [name, value] : environment) unsetenv(name.c_str());
    return result;
  };
  EXPECT_THAT(sentence({{"WORLD_SIZE", "2"}}), HasSubstr("no RANK"));
  EXPECT_THAT(sentence({{"WORLD_SIZE", "two"}, {"RANK", "0"}}), HasSubstr("WORLD_SIZE is \"two\""));
  EXPECT_THAT(sentence({{"WORLD_SIZE", "2"}, {"RANK", "2"}}), HasSubstr("RANK is 2"));
  EXPECT_THAT(sentence({{"WORLD_SIZE", "2"}, {"RANK", "0"}}), HasSubstr("MASTER_ADDR"));
  EXPECT_THAT(sentence({{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_ADDR", "localhost"}}),
              HasSubstr("MASTER_PORT"));
}

}  // namespace
}  // namespace ahap
