#include "app/cli/program.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "app/allocator.h"
#include "app/cli/standard_output.h"
#include "app/interrupt.h"
#include "app/version_text.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/progress.h"

namespace ahap {
namespace {

enum ExitStatus { done = 0, failed = 1, wrong_usage = 2 };

// What was typed stands in these messages.
std::string usage_error(const CLI::App*, const CLI::Error& error) {
  return readable(error.what()) + "\nRun with --help for more information.\n";
}

}  // namespace

int run_program(const ProgramText& text, const std::vector<AddCommand>& commands, int argc, char** argv) {
  const auto fail = [&](const std::string& why) {
    std::cerr << text.name << ": " << why << std::endl;
    return failed;
  };
  CLI::App program(text.description, text.name);
  program.set_version_flag(
      "--version", [&] { return version_text(text.name); }, "Version, compiler, LibTorch and device");
  program.require_subcommand(0, 1);
  program.callback([&] {
    if (program.get_subcommands().empty()) throw CLI::RequiredError("A command");
  });
  program.failure_message(usage_error);
  program.footer("`" + text.name + " COMMAND -h` explains a command and shows examples.");
  for (const AddCommand add : commands) add(program);

  guard_standard_streams();
  watch_for_interrupts();
  reuse_freed_memory();
  try {
    ExitStatus status = done;
    try {
      program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (program.exit(error, std::cout, std::cerr) != 0) status = wrong_usage;
    }
    require_printed();
    return status;
  } catch (const Cancelled&) {
    return fail("stopped before it was complete");
  } catch (const std::exception& error) {
    return fail(error_text(error));
  }
}

}  // namespace ahap
