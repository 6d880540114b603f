#include "reconstruction/evaluation/ground_truth.h"

#include "tests/fuzz/fuzz_reader.h"

// Its array files are the npy target's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::filesystem::create_directory(ahap::testing::fuzz_folder() / "truth");
  const auto read = [](const auto& file) {
    try {
      ahap::read_ground_truth(file.parent_path().parent_path());
    } catch (const std::runtime_error& refusal) {  // also of a file beside truth.json
      ahap::testing::require_named(refusal, file.parent_path());
    }
  };
  return ahap::testing::fuzz_file_reader(data, size, read, "truth/truth.json");
}
