#include "app/cli/program.h"
#include "app/lab/commands.h"

int main(int argc, char** argv) {
  return ahap::run_program(
      {"ahap-lab", "The laboratory of AHAP Studio: rendered captures, training, evaluation and studies."},
      {ahap::add_synthesize_command, ahap::add_train_command, ahap::add_evaluate_command,
       ahap::add_study_command},
      argc, argv);
}
