#pragma once

namespace CLI {
class App;
}

namespace ahap {

// The sub-commands of `ahap-lab`, as app/cli/commands.h has those of `ahap`.
void add_synthesize_command(CLI::App& program);
void add_train_command(CLI::App& program);
void add_evaluate_command(CLI::App& program);
void add_study_command(CLI::App& program);

}  // namespace ahap
