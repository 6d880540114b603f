#include <CLI/CLI.hpp>
#include <iostream>
#include <set>

#include "app/commands.h"
#include "reconstruction/checkpoints/model_directory.h"

namespace ahap {
namespace {

void print_model(const std::filesystem::path& directory, std::set<std::string>& seen) {
  try {
    const ModelDescription model = read_model_description(directory);
    std::cout << "  " << model.name << (model.missing.empty() ? "" : " (incomplete)")
              << (seen.insert(model.name).second ? "" : " (hidden by the one above)") << "\n"
              << "    folder   " << directory.string() << "\n"
              << "    licence  " << (model.licence.empty() ? "not stated" : model.licence) << "\n";
    for (const auto& file : model.missing) std::cout << "    missing  " << file.string() << "\n";
  } catch (const std::exception& error) {
    std::cout << "  " << directory.string() << "\n    unusable: " << error.what() << "\n";
  }
}

void print_models() {
  std::cout << "Installed models\n";
  std::set<std::string> seen;
  const auto directories = installed_models();
  for (const auto& directory : directories) print_model(directory, seen);
  if (directories.empty()) std::cout << "  none\n";

  std::cout << "\nWhere models are looked for, in this order\n  --model DIR\n";
  for (const auto& folder : model_search_path()) {
    std::cout << "  " << folder.string() << (std::filesystem::is_directory(folder) ? "" : "   (not there)")
              << "\n";
  }

  std::cout << "\nPublished networks\n"
               "  They do not come with the program, because their licences do not allow it or their size forbids "
               "it. Put their files into\n"
               "  a folder full/ of one of these places, with a model.json beside them:\n"
               "    {\"name\": \"full\", \"kind\": \"full\", \"files\": {\"scene\": \"model.safetensors\",\n"
               "     \"human\": \"multiHMR_896_L.pt\", \"body\": \"SMPL_NEUTRAL.pkl\"}}\n"
               "  `ahap reconstruct --model full` then runs with them. Without \"body\" people get this program's own "
               "body.\n"
               "  Depth Anything 3    https://huggingface.co/depth-anything/DA3-GIANT-1.1 "
               "(model.safetensors, 5.4 GB)\n"
               "                      CC BY-NC 4.0; the Small and Base ones Apache 2.0\n"
               "  Multi-HMR           "
               "https://download.europe.naverlabs.com/ComputerVision/MultiHMR/multiHMR_896_L.pt\n"
               "                      NAVER's non-commercial licence\n"
               "  SMPL body           https://smpl.is.tue.mpg.de (registration; SMPL_NEUTRAL)\n"
               "                      Max Planck Society, non-commercial\n";
}

}  // namespace

void add_models_command(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("models", "What is installed, what is missing and where to get it");
  command->footer(
      "Examples:\n"
      "  ahap models\n"
      "  AHAP_MODELS=/data/models ahap models      with models of your own\n");
  command->callback(print_models);
}

}  // namespace ahap
