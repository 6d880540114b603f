#include "reconstruction/training/training_state.h"

#include <memory>

#include "tests/fuzz/fuzz_reader.h"
#include "tests/fuzz/stored_zip.h"

// The bytes are the pickle of a checkpoint for a network of one small layer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string
      version = "3\n",
      code =
          "class Module(Module):\n  __parameters__ = []\n  __buffers__ = []\n  step : int\n"
          "  seconds : float\n  sums : str\n  configuration : str\n";
  static const std::vector<std::uint8_t> storage(16, 1), constants = {0x80, 0x02, ')', '.'};
  const auto bytes_of = [](const std::string& text) {
    return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  const auto bytes = ahap::testing::stored_zip({{"w/data.pkl", {data, size}},
                                                {"w/data/0", storage},
                                                {"w/code/__torch__.py", bytes_of(code)},
                                                {"w/constants.pkl", constants},
                                                {"w/version", bytes_of(version)}});
  torch::nn::Linear layer(2, 2);
  torch::optim::AdamW optimizer(layer->parameters());
  ahap::Muon muon({});
  ahap::Average average(*layer);
  ahap::TrainingState state{*layer, optimizer, muon, average};
  const std::filesystem::path file = "checkpoint.pt";
  try {
    ahap::load(state, {bytes.begin(), bytes.end()}, file);
  } catch (const std::runtime_error& refusal) {
    ahap::testing::require_named(refusal, file);
  }
  return 0;
}
