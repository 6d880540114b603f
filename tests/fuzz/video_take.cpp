#include "reconstruction/evaluation/video_take.h"

#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = [](const auto& file) {
    ahap::is_video_take(file.parent_path());
    ahap::read_video_take(file.parent_path());
  };
  return ahap::testing::fuzz_file_reader(data, size, read, "truth.json");
}
