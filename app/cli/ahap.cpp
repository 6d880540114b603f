#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/program.h"
#include "reconstruction/project/project_file.h"

int main(int argc, char** argv) {
  std::string studio = "studio";
  std::vector<char*> arguments(argv, argv + argc);
  // A project alone is opened.
  if (argc == 2 && ahap::is_named_like_a_project(argv[1]))
    arguments.insert(arguments.begin() + 1, studio.data());
  return ahap::run_program(
      {"ahap", "AHAP Studio: cameras, geometry and people from a few uncalibrated photos or videos."},
      {ahap::add_reconstruct_command, ahap::add_batch_command, ahap::add_studio_command,
       ahap::add_models_command, ahap::add_info_command, ahap::add_benchmark_command,
       ahap::add_network_command},
      int(arguments.size()), arguments.data());
}
