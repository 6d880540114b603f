#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ahap {

// The options of a batch by their names, as they were given.
using BatchOptions = std::vector<std::pair<std::string, std::string>>;

// The name of the record in the batch's output folder.
inline constexpr const char* kBatchRecordName = "batch.json";

// Keeps in `output` with which options its results are made. Throws a sentence where those of an earlier
// batch were made with others, unless `again`, and where the file is not one of ours.
void record_batch(const std::filesystem::path& output, const BatchOptions& options, bool again);

}  // namespace ahap
