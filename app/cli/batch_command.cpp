#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "app/cli/batch_run.h"
#include "app/cli/commands.h"
#include "app/cli/reconstruct_options.h"
#include "reconstruction/models/model_choice.h"

namespace ahap {
namespace {

struct Arguments : ReconstructArguments {
  BatchRequest batch;
  std::string shard;
};

// The options that results depend on, as they were given, and the model that they lead to.
BatchOptions options_of_results(const CLI::App& command, const ReconstructRequest& request) {
  constexpr std::array others = {"INPUT",   "--output",  "--shard", "--again",
                                 "--quiet", "--verbose", "--model"};
  BatchOptions options = {{"--model", describe_model(request.options.load.model).name}};
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || std::find(others.begin(), others.end(), name) != others.end()) continue;
    std::string text;
    for (const std::string& result : option->results()) text += (text.empty() ? "" : ",") + result;
    options.emplace_back(name, text);
  }
  return options;
}

void run(const CLI::App& command, Arguments& arguments) {
  read_reconstruct_options(arguments);
  BatchRequest& batch = arguments.batch;
  batch.reconstruct = arguments.request;
  if (!arguments.shard.empty()) {
    try {
      batch.shard = parse_shard(arguments.shard);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError("--shard", error.what());
    }
  }
  batch.options = options_of_results(command, batch.reconstruct);
  TerminalProgress terminal(detail_of(arguments));
  const BatchCounts counts = run_batch(batch, program_tools(batch.reconstruct), terminal);
  const std::string table = outcomes_file(batch.output, batch.shard).string();
  terminal.say(std::to_string(counts.done) + " done, " + std::to_string(counts.failed) + " failed, " +
               std::to_string(counts.skipped) + " skipped -> " + table);
  if (counts.failed > 0)
    throw std::runtime_error(std::to_string(counts.failed) + " of " +
                             std::to_string(counts.done + counts.failed + counts.skipped) +
                             " captures failed; " + table + " says why");
}

}  // namespace

void add_batch_command(CLI::App& program) {
  auto arguments = std::make_shared<Arguments>();
  BatchRequest& batch = arguments->batch;
  CLI::App* command = program.add_subcommand(
      "batch", "Reconstruct many captures, each into a folder of its name, with one load of the model");
  command
      ->add_option("INPUT", batch.inputs,
                   "Folders that are captures or hold some, and text files with a capture on each line")
      ->required();
  command
      ->add_option("-o,--output", batch.output,
                   "Folder for the results and the table of outcomes; captures whose results are complete "
                   "there are skipped")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--shard", arguments->shard,
                   "Do every N-th capture, from the I-th on: N processes with I from 1 to N do all of them")
      ->type_name("I/N");
  command->add_flag("--again", batch.again, "Also do captures whose results are complete");
  add_reconstruct_options(*command, *arguments);
  command->footer(
      "Examples:\n"
      "  ahap batch captures/ -o results                  each folder in captures/ is a capture\n"
      "  ahap batch list.txt -o results --export json,glb\n"
      "  ahap batch captures/ -o results --shard 3/8      the third of eight processes\n");
  command->callback([command, arguments] { run(*command, *arguments); });
}

}  // namespace ahap
