#pragma once

#include <filesystem>
#include <vector>

#include "app/cli/batch_captures.h"
#include "app/cli/batch_record.h"
#include "app/cli/reconstruct_run.h"

namespace ahap {

struct BatchRequest {
  std::vector<std::filesystem::path> inputs;  // find_batch_captures
  std::filesystem::path output;
  ReconstructRequest reconstruct;  // of every capture; its inputs and its output are the capture's
  BatchOptions options;            // which tell batches apart whose results may not lie side by side
  Shard shard;
  bool again = false;  // also what is done already
};

struct BatchCounts {
  int done = 0, failed = 0, skipped = 0;
};

// The table of outcomes of a shard in the output folder.
std::filesystem::path outcomes_file(const std::filesystem::path& output, const Shard& shard);

// Reconstructs each capture of the shard into a folder of its name, with models that are loaded once, and
// keeps what became of it in outcomes_file(). A capture whose results are there, complete and unchanged, is
// skipped; one that fails does not keep the others from being done. Throws a sentence where the whole batch
// cannot be done, Cancelled on Ctrl-C; what is done by then stays.
BatchCounts run_batch(const BatchRequest& request, const ReconstructTools& tools, TerminalProgress& terminal);

}  // namespace ahap
