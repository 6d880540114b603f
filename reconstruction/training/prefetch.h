#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>

namespace ahap {

// Makes the batches of the coming seeds in threads of their own while the networks work on the present one.
// What a batch is depends on its seed alone, so that the number of threads changes nothing but the speed.
template <typename Batch>
class Prefetch {
 public:
  // threads: batches that are made ahead at a time; 0: each when it is asked for. `make` is called from
  // several threads.
  Prefetch(std::function<Batch(std::uint64_t seed)> make, int threads)
      : make_(std::move(make)), threads_(threads) {}

  // The batch of `seed`; next time, that of seed + 1 is expected.
  Batch take(std::uint64_t seed) {
    if (threads_ == 0) return make_(seed);
    std::erase_if(coming_,
                  [&](const auto& item) { return item.first < seed || item.first > seed + threads_; });
    for (std::uint64_t s = seed; s <= seed + threads_; ++s) {
      if (!coming_.count(s)) coming_.emplace(s, std::async(std::launch::async, make_, s));
    }
    auto batch = std::move(coming_.at(seed));
    coming_.erase(seed);
    return batch.get();
  }

 private:
  std::function<Batch(std::uint64_t)> make_;
  std::uint64_t threads_;
  std::map<std::uint64_t, std::future<Batch>> coming_;
};

}  // namespace ahap
