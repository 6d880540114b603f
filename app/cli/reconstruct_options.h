#pragma once

#include <string>
#include <vector>

#include "app/cli/reconstruct_run.h"
#include "app/cli/terminal_progress.h"

namespace CLI {
class App;
}

namespace ahap {

// What a command line says about how to reconstruct.
struct ReconstructArguments {
  ReconstructRequest request;
  std::string frames;
  std::vector<std::string> exports;
  std::string scene, human, method;  // instead of the request's model
  bool quiet = false, verbose = false;
};

// The options that hold for one capture as for many. `arguments` has to outlive the command.
void add_reconstruct_options(CLI::App& command, ReconstructArguments& arguments);

// Takes frames and exports into the request. Throws CLI::ValidationError.
void read_reconstruct_options(ReconstructArguments& arguments);

TerminalProgress::Detail detail_of(const ReconstructArguments& arguments);

// The program's networks and its renderer, for the model that `request` names by then.
ReconstructTools program_tools(const ReconstructRequest& request);

}  // namespace ahap
