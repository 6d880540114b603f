#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/heap.h"
#include "app/interrupt.h"
#include "app/standard_output.h"
#include "app/version_text.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/progress.h"

namespace {

using AddCommand = void (*)(CLI::App&);

// In the order in which `ahap -h` lists them.
const std::vector<AddCommand> commands = {
    ahap::add_reconstruct_command, ahap::add_studio_command, ahap::add_models_command, ahap::add_info_command,
    ahap::add_synthesize_command,  ahap::add_train_command, ahap::add_evaluate_command, ahap::add_study_command,
    ahap::add_benchmark_command,   ahap::add_network_command,
};

enum ExitStatus { done = 0, failed = 1, wrong_usage = 2 };

int fail(const std::string& why) {
  std::cerr << "ahap: " << why << std::endl;
  return failed;
}

// What was typed stands in these messages.
std::string usage_error(const CLI::App*, const CLI::Error& error) {
  return ahap::readable(error.what()) + "\nRun with --help for more information.\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program("AHAP Studio: cameras, geometry and people from a few uncalibrated photos or videos.",
                   "ahap");
  program.set_version_flag("--version", ahap::version_text, "Version, compiler, LibTorch and device");
  program.require_subcommand(0, 1);
  program.callback([&] {
    if (program.get_subcommands().empty()) throw CLI::RequiredError("A command");
  });
  program.failure_message(usage_error);
  program.footer("`ahap COMMAND -h` explains a command and shows examples.");
  for (const AddCommand add : commands) add(program);

  ahap::guard_standard_streams();
  ahap::watch_for_interrupts();
  ahap::reuse_freed_memory();
  try {
    ExitStatus status = done;
    try {
      program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (program.exit(error, std::cout, std::cerr) != 0) status = wrong_usage;
    }
    ahap::require_printed();
    return status;
  } catch (const ahap::Cancelled&) {
    return fail("stopped before it was complete");
  } catch (const std::exception& error) {
    return fail(ahap::error_text(error));
  }
}
