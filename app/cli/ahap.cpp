#include "app/cli/commands.h"
#include "app/cli/program.h"

int main(int argc, char** argv) {
  return ahap::run_program(
      {"ahap", "AHAP Studio: cameras, geometry and people from a few uncalibrated photos or videos."},
      {ahap::add_reconstruct_command, ahap::add_studio_command, ahap::add_models_command,
       ahap::add_info_command, ahap::add_benchmark_command, ahap::add_network_command},
      argc, argv);
}
