#pragma once

namespace CLI {
class App;
}

namespace ahap {

// Each function declares one sub-command of `ahap`: its options, its help with examples in the footer, and,
// as its callback, what it does. A callback throws std::runtime_error with one sentence for a person (exit
// status 1) or CLI::ValidationError for wrong usage (exit status 2). Results go to stdout, everything else to
// stderr. A new command is one declaration here, one line in ahap.cpp and one file
// <name>_command.cpp.
void add_reconstruct_command(CLI::App& program);
void add_batch_command(CLI::App& program);
void add_models_command(CLI::App& program);
void add_info_command(CLI::App& program);
void add_studio_command(CLI::App& program);
void add_benchmark_command(CLI::App& program);
void add_network_command(CLI::App& program);

}  // namespace ahap
