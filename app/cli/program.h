#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ahap {

// Declares one sub-command (commands.h).
using AddCommand = void (*)(CLI::App&);

struct ProgramText {
  std::string name, description;
};

// main() of a program with these sub-commands, in the order in which its help lists them. Exit status: 0
// done, 1 failed, with one line on standard error that says why, 2 wrong usage.
int run_program(const ProgramText& text, const std::vector<AddCommand>& commands, int argc, char** argv);

}  // namespace ahap
