#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ahap {

struct BatchCapture {
  std::string name;  // its results' folder inside the output folder
  std::filesystem::path input;
};

struct BatchCaptures {
  std::vector<BatchCapture> captures;  // in natural order of their names, which differ
  std::vector<std::string> notes;      // sentences for people: what was passed over
};

// What several folders and lists name. A folder is a capture or holds some (capture_folders). Any other file
// is a list: UTF-8 text with a capture on each line, relative to the list's folder; empty lines and those
// that begin with # are passed over. A capture that is missing is taken, so that its run tells. Throws a
// sentence where nothing is named, where a file is no list, and where two captures, or a capture and one of
// the batch's own files (`reserved`), would share a folder in `output`, or results would lie in a capture.
BatchCaptures find_batch_captures(const std::vector<std::filesystem::path>& inputs,
                                  const std::filesystem::path& output,
                                  const std::vector<std::string>& reserved);

// One of several processes that share the captures of a batch.
struct Shard {
  int number = 1, count = 1;  // 1 to count
};
// "3/8". Throws std::invalid_argument.
Shard parse_shard(const std::string& text);

// Every count-th capture: together the shards have every capture once, whatever has been done already.
std::vector<BatchCapture> captures_of(const Shard& shard, const std::vector<BatchCapture>& captures);

}  // namespace ahap
