#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

// Who is who from frame to frame: people's tokens are matched with those seen before by optimal transport
// with a dustbin.
namespace ahap {

// Everybody seen so far, latest first. The method forgets nobody; here the kMostRemembered latest are kept,
// so that memory and time have a bound.
struct PersonBank {
  torch::Tensor tokens;           // (M, D) where somebody was last seen; undefined before the first person
  std::vector<std::int64_t> ids;  // of the M rows
  std::int64_t next_id = 0;
};
constexpr std::int64_t kMostRemembered = 1024;

// The ids (n) of people with tokens (n, D), and the bank with them put in: known people keep theirs.
std::vector<std::int64_t> track_people(PersonBank& bank, const torch::Tensor& tokens);

}  // namespace ahap
