#include "reconstruction/training/training_state.h"

#include "tests/fuzz/fuzz_reader.h"

// The bytes are a checkpoint for a network of one small layer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  torch::nn::Linear layer(2, 2);
  torch::optim::AdamW optimizer(layer->parameters());
  ahap::Muon muon({});
  ahap::Average average(*layer);
  ahap::TrainingState state{*layer, optimizer, muon, average};
  const std::filesystem::path file = "checkpoint.safetensors";
  try {
    ahap::load(state, std::string(reinterpret_cast<const char*>(data), size), file);
  } catch (const std::runtime_error& refusal) {
    ahap::testing::require_named(refusal, file);
  }
  return 0;
}
