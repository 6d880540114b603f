#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#define FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t*, std::size_t);
#include "fuzz_targets.inc"
#undef FUZZ_TARGET

namespace {

struct Target {
  const char* name;
  int (*read)(const std::uint8_t*, std::size_t);
};

using Bytes = std::vector<std::uint8_t>;

class Corpus : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    const auto folder = std::filesystem::path(AHAP_FUZZ_CORPUS) / GetParam().name;
    ASSERT_TRUE(std::filesystem::is_directory(folder)) << folder << ": every target has examples";
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      examples_.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
  }
  static int read(const Bytes& bytes) { return GetParam().read(bytes.data(), bytes.size()); }

  // An example with a few bytes changed, taken away, repeated, or replaced by what readers stumble over.
  Bytes mutated(std::mt19937& random) const {
    static const std::vector<std::string> stumbling_blocks = {
        "-1", "0",  "1e999", "4294967296", "9223372036854775808", "null",
        "[]", "{}", "\"\"",  "[[[[",       "\xff\xff\xff\xff",    std::string(4, '\0')};
    const auto below = [&](std::size_t end) {
      return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
    };
    Bytes bytes = examples_[below(examples_.size())];
    for (std::size_t changes = 1 + below(4); changes > 0 && !bytes.empty(); --changes) {
      const std::size_t from = below(bytes.size()),
                        length = 1 + below(std::min<std::size_t>(bytes.size() - from, 32));
      const auto at = bytes.begin() + std::ptrdiff_t(from), end = at + std::ptrdiff_t(length);
      const Bytes part(at, end);
      const std::string& block = stumbling_blocks[below(stumbling_blocks.size())];
      switch (below(5)) {
        case 0:
          *at = std::uint8_t(random());
          break;
        case 1:
          *at ^= std::uint8_t(1 << below(8));
          break;
        case 2:
          bytes.erase(at, end);
          break;
        case 3:
          bytes.insert(end, part.begin(), part.end());
          break;
        case 4:
          bytes.insert(bytes.erase(at, end), block.begin(), block.end());
          break;
      }
    }
    return bytes;
  }

  std::vector<Bytes> examples_;
};

// A crash ends the program and with it the test.
TEST_P(Corpus, is_read_or_refused) {
  for (const Bytes& example : examples_) EXPECT_NO_THROW(read(example));
}

// A few of them; for AHAP_FUZZ_SECONDS (scripts/fuzz) others each time, and the last one is kept in
// AHAP_FUZZ_LAST.
TEST_P(Corpus, is_read_or_refused_with_changes) {
  using Clock = std::chrono::steady_clock;
  const char *seconds = std::getenv("AHAP_FUZZ_SECONDS"), *last = std::getenv("AHAP_FUZZ_LAST");
  constexpr int few = 100;
  const auto end = Clock::now() + std::chrono::seconds(seconds ? std::atoi(seconds) : 0);
  std::mt19937 random(seconds ? std::random_device()() : 1);
  int count = 0;
  for (; seconds ? Clock::now() < end : count < few; ++count) {
    const Bytes bytes = mutated(random);
    if (last)
      std::ofstream(last, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
    ASSERT_NO_THROW(read(bytes)) << std::string(bytes.begin(), bytes.end());
  }
  if (seconds) std::cout << count << " executions\n";
}

const std::vector<Target> kTargets = {
#define FUZZ_TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef FUZZ_TARGET
};

INSTANTIATE_TEST_SUITE_P(Readers, Corpus, ::testing::ValuesIn(kTargets),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
