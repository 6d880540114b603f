#include "reconstruction/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include "tests/fixtures/temporary_folder.h"
#include "tests/training/linear_stage.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::linear_run;
using testing::LinearStage;
using testing::sentence_of;
using testing::TemporaryFolder;

TEST(Trainer, LearnsWhatItIsShown) {
  const TemporaryFolder folder;
  LinearStage stage;
  auto run = linear_run(folder / "run", 400);
  run.ema_decay = 0.9;
  run.validate_every = 400;
  train(stage, run);
  Measures terms;
  torch::NoGradGuard no_grad;
  EXPECT_LT(stage.loss(12345, 0, terms).item<double>(), 0.02);
}

TEST(Trainer, TellsWhatItMeasuredInTablesAndAPicture) {
  const TemporaryFolder folder;
  LinearStage stage;
  train(stage, linear_run(folder / "run", 40));
  EXPECT_EQ(History(folder / "run/log.csv").rows().size(), 10u);
  std::vector<int> validated;
  const History validation(folder / "run/validation.csv");
  for (const auto& row : validation.rows()) validated.push_back(row.step);
  EXPECT_THAT(validated, ::testing::ElementsAre(15, 30, 40));
  EXPECT_TRUE(std::filesystem::exists(folder / "run/curves.png"));
}

// Weights and tables of a run of 40 steps that `interrupt` broke off, continued by the same command.
void expect_as_if_uninterrupted(const std::function<void(LinearStage&, const TrainerOptions&)>& interrupt) {
  const TemporaryFolder folder;
  LinearStage whole;
  train(whole, linear_run(folder / "whole", 40));
  const auto run = linear_run(folder / "interrupted", 40);
  LinearStage first;
  interrupt(first, run);
  LinearStage second;
  train(second, run);
  EXPECT_TRUE(torch::equal(whole.weights(), second.weights()));
  for (const char* table : {"log.csv", "validation.csv"}) {
    const History a(folder / "whole" / table), b(folder / "interrupted" / table);
    ASSERT_EQ(a.rows().size(), b.rows().size()) << table;
    for (std::size_t i = 0; i < a.rows().size(); ++i) {
      EXPECT_EQ(a.rows()[i].step, b.rows()[i].step);
      EXPECT_EQ(a.rows()[i].values, b.rows()[i].values) << table << " at step " << a.rows()[i].step;
    }
  }
}

TEST(Trainer, AStoppedRunEndsWhereAnUninterruptedOneDoes) {
  expect_as_if_uninterrupted([](LinearStage& stage, const TrainerOptions& run) {
    int step = 0;
    Progress stop;
    stop.report = [&](const std::string&, double) { ++step; };
    stop.stop_requested = [&] { return step == 17; };
    EXPECT_THROW(train(stage, run, stop), Cancelled);
  });
}

TEST(Trainer, AKilledRunEndsWhereAnUninterruptedOneDoes) {
  for (const int step :
       {3, 10, 29, 31}) {  // before the first checkpoint, right after one, before and after a validation
    expect_as_if_uninterrupted([step](LinearStage& stage, const TrainerOptions& run) {
      stage.killed_at = step;
      EXPECT_THROW(train(stage, run), std::runtime_error);
    });
  }
}

TEST(Trainer, ACheckpointOfAnotherConfigurationIsRefusedAndTheSettingNamed) {
  const TemporaryFolder folder;
  LinearStage first, second;
  auto run = linear_run(folder / "run", 20);
  train(first, run);
  const auto before = testing::read_bytes(folder / "run/checkpoint.safetensors");
  run.configuration["losses"]["squares"] = 2;
  EXPECT_THAT(
      sentence_of([&] { train(second, run); }),
      AllOf(HasSubstr("checkpoint.safetensors"), HasSubstr("losses.squares"), HasSubstr("was 1 and is 2")));
  EXPECT_EQ(testing::read_bytes(folder / "run/checkpoint.safetensors"), before);
}

TEST(Trainer, AFileThatIsNoCheckpointIsNamed) {
  const TemporaryFolder folder;
  const auto run = linear_run(folder.path(), 20);
  LinearStage stage;
  testing::write_bytes(folder / "checkpoint.safetensors", "this is not a checkpoint");
  EXPECT_THAT(sentence_of([&] { train(stage, run); }),
              HasSubstr((folder / "checkpoint.safetensors").string()));
  EXPECT_THAT(sentence_of([&] { load_averaged(stage.module(), folder / "nothing.pt"); }),
              HasSubstr("nothing.pt"));
}

TEST(Trainer, ADamagedCheckpointIsNamedAndLeftAsItIs) {
  const TemporaryFolder folder;
  const auto run = linear_run(folder / "run", 20);
  const auto file = folder / "run/checkpoint.safetensors";
  LinearStage first;
  train(first, run);
  const std::string whole = testing::read_bytes(file);
  std::vector<std::string> damaged;
  for (std::size_t size = 1; size < whole.size(); size += 97) damaged.push_back(whole.substr(0, size));
  for (const char* step : {"\"-3\"", "\"20.5\"", "\"1e99\"", "\"\"", "20  "}) {
    std::string bytes = whole;
    const auto at = bytes.find("\"step\":\"20\"");
    ASSERT_NE(at, std::string::npos);
    // Of the same length: the header says where the data begins.
    const std::string claim = std::string("\"step\":") + step;
    const std::string rest = bytes.substr(at + 11);
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data(), 8);
    size = size - 11 + claim.size();
    bytes = bytes.substr(0, at) + claim + rest;
    std::memcpy(bytes.data(), &size, 8);
    damaged.push_back(bytes);
  }
  for (const std::string& bytes : damaged) {
    testing::write_bytes(file, bytes);
    LinearStage again;
    EXPECT_THAT(
        sentence_of([&] { train(again, run); }),
        AllOf(HasSubstr(file.string()), HasSubstr("is not a checkpoint of `ahap-lab train`, or is damaged")));
    EXPECT_EQ(testing::read_bytes(file), bytes);
  }
}

TEST(Trainer, ACheckpointOfOtherNetworksIsNamed) {
  const TemporaryFolder folder;
  LinearStage stage;
  train(stage, linear_run(folder / "run", 10));
  torch::nn::Linear wider(5, 3);
  EXPECT_THAT(sentence_of([&] { load_averaged(*wider, folder / "run/checkpoint.safetensors"); }),
              HasSubstr("other networks"));
}

TEST(Trainer, ALossThatIsNotANumberStopsWithStepAndSeed) {
  const TemporaryFolder folder;
  LinearStage stage;
  stage.not_a_number_at = 7;
  EXPECT_THAT(sentence_of([&] { train(stage, linear_run(folder / "run", 40)); }),
              AllOf(HasSubstr("step 7"), HasSubstr("seed 1000000014")));
}

TEST(Trainer, AGradientThatIsNotANumberStopsBeforeItSpoilsTheWeights) {
  const TemporaryFolder folder;
  LinearStage stage;
  stage.infinite_gradient_at = 7;  // the loss is still finite
  EXPECT_THAT(sentence_of([&] { train(stage, linear_run(folder / "run", 40)); }),
              AllOf(HasSubstr("gradient"), HasSubstr("step 7"), HasSubstr("seed 1000000014")));
  EXPECT_TRUE(torch::isfinite(stage.weights()).all().item<bool>());
}

TEST(Trainer, AFolderThatCannotBeWrittenIsSaidBeforeTraining) {
  LinearStage stage;
  int steps = 0;
  Progress count;
  count.report = [&](const std::string&, double) { ++steps; };
  EXPECT_THAT(sentence_of([&] { train(stage, linear_run("/proc/ahap_training", 10), count); }),
              HasSubstr("/proc/ahap_training"));
  EXPECT_EQ(steps, 0);
}

TEST(Trainer, AFullDiskLeavesTheLastWholeCheckpoint) {
  const TemporaryFolder folder;
  LinearStage first, second, third;
  first.killed_at = 15;
  const auto run = linear_run(folder / "run", 40);
  EXPECT_THROW(train(first, run), std::runtime_error);
  const auto before = testing::read_bytes(folder / "run/checkpoint.safetensors");

  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full = {rlim_t(before.size() / 2), limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  const std::string sentence = sentence_of([&] { train(second, run); });
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(sentence, AllOf(HasSubstr("cannot write"), HasSubstr((folder / "run").string())));
  EXPECT_EQ(testing::read_bytes(folder / "run/checkpoint.safetensors"), before);
  train(third, run);  // with space again
}

TEST(Trainer, NothingToTrainIsSaid) {
  class Nothing : public LinearStage {
    torch::Tensor loss(std::uint64_t, int, Measures&) override { return torch::zeros({}); }
  } stage;
  const TemporaryFolder folder;
  EXPECT_THAT(sentence_of([&] { train(stage, linear_run(folder / "run", 10)); }),
              HasSubstr("weights of all losses"));
}

}  // namespace
}  // namespace ahap
