#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace ahap {

// The frames of one camera by the numbers in their names: the group of digits that changes from name to name,
// as in cam1_frame_0003.png. Nothing when the names have no such number or have several.
std::optional<std::vector<std::uint64_t>> frame_numbers(const std::vector<std::filesystem::path>& frames);

// True for names that only frames have: frame_0003 or 000003.
bool are_named_as_frames(const std::vector<std::filesystem::path>& pictures);

// The numbers of all frames, in order, when frames of equal numbers belong together: each camera shares at
// least half of its own with others. Nothing otherwise.
std::optional<std::vector<std::uint64_t>> shared_numbers(
    const std::vector<std::vector<std::uint64_t>>& cameras);

}  // namespace ahap
