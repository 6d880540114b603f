#include "reconstruction/training/trainer.h"

#include <gtest/gtest.h>

#include <limits>

namespace ahap {
namespace {

// Fits a linear layer to a fixed one from random inputs.
class LinearStage : public TrainingStage {
 public:
  explicit LinearStage(int broken_step = -1) : layer_(4, 3), broken_step_(broken_step) {
    torch::NoGradGuard no_grad;
    layer_->weight.fill_(0.1);
    layer_->bias.zero_();
  }
  torch::nn::Module& module() override { return *layer_; }
  torch::Tensor loss(std::uint64_t seed, Measures& terms) override {
    torch::manual_seed(seed);
    const auto x = torch::randn({8, 4});
    const auto target = x.slice(1, 0, 3) * 2 - 1;
    auto loss = (layer_(x) - target).pow(2).mean();
    if (step_++ == broken_step_) loss = loss * std::numeric_limits<double>::quiet_NaN();
    terms["squares"] = loss.item<double>();
    return loss;
  }
  Measures validate() override { return {{"weight", layer_->weight.sum().item<double>()}}; }

 private:
  torch::nn::Linear layer_;
  int step_ = 0, broken_step_;
};

TrainerOptions options(const std::string& name, int steps) {
  TrainerOptions result;
  result.steps = steps;
  result.learning_rate = 0.05;
  result.warmup = 5;
  result.checkpoint_every = 10;
  result.directory = std::filesystem::path(testing::TempDir()) / name;
  std::filesystem::remove_all(result.directory);
  return result;
}

torch::Tensor weights(TrainingStage& stage) {
  std::vector<torch::Tensor> flat;
  for (const auto& p : stage.module().parameters()) flat.push_back(p.detach().flatten());
  return torch::cat(flat);
}

TEST(Trainer, LearnsWhatItIsShown) {
  LinearStage stage;
  auto run = options("learns", 400);
  run.ema_decay = 0.9;
  train(stage, run);
  Measures terms;
  torch::NoGradGuard no_grad;
  EXPECT_LT(stage.loss(12345, terms).item<double>(), 0.02);
}

TEST(Trainer, AnInterruptedRunEndsWhereAnUninterruptedOneDoes) {
  LinearStage whole;
  train(whole, options("whole", 40));

  const auto run = options("interrupted", 40);
  int step = 0;
  Progress stop;
  stop.report = [&](const std::string&, double) { ++step; };
  stop.stop_requested = [&] { return step == 17; };
  LinearStage first;
  EXPECT_THROW(train(first, run, stop), Cancelled);
  LinearStage second;
  train(second, run);
  EXPECT_TRUE(torch::equal(weights(whole), weights(second)));
}

TEST(Trainer, ALossThatIsNotANumberStopsWithStepAndSeed) {
  LinearStage stage(/*broken_step=*/7);
  try {
    train(stage, options("broken", 40));
    FAIL() << "went on";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("step 7"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("seed"), std::string::npos) << error.what();
  }
}

TEST(Trainer, AFolderThatCannotBeWrittenIsSaidBeforeTraining) {
  LinearStage stage;
  auto run = options("nowhere", 10);
  run.directory = "/proc/ahap_training";
  EXPECT_THROW(train(stage, run), std::exception);
}

}  // namespace
}  // namespace ahap
