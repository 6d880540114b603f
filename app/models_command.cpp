#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "app/commands.h"
#include "app/memory_text.h"
#include "reconstruction/bytes_text.h"
#include "reconstruction/model_shelf.h"
#include "reconstruction/official_files.h"

namespace ahap {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

void print_part(const ModelPart& part) {
  if (!part.there) {
    std::cout << "    missing  " << part.file.string() << "\n";
    if (const OfficialFile* file = recommended_file(part.part))
      std::cout << "             " << padded(purpose_of_part(part.part), 20) << file->file_name << " from "
                << file->page << "\n";
    return;
  }
  const std::string holds = part.found ? part.found->holds : part.file.filename().string();
  const OfficialFile* official = find_official_file(holds);
  std::cout << "    file     " << padded(purpose_of_part(part.part), 20) << holds << ", "
            << bytes_text(part.bytes) << (official ? ", " + official->licence : "") << "\n";
  if (!part.problem.empty()) std::cout << "    unusable " << part.problem << "\n";
}

void print_model(const InstalledModel& model, const MachineMemory& machine) {
  const bool incomplete = model.problem.empty() && !model.usable();
  std::cout << "  " << model.name << (incomplete ? " (incomplete)" : "")
            << (model.hidden ? " (hidden by the one above)" : "") << "\n"
            << "    folder   " << model.directory.string() << "\n";
  if (!model.problem.empty()) {
    std::cout << "    unusable " << model.problem << "\n";
    return;
  }
  if (!model.licence.empty()) std::cout << "    licence  " << model.licence << "\n";
  for (const ModelPart& part : model.parts) print_part(part);
  const RunMemory needed = run_memory(model);
  if (needed.total() == 0) return;
  std::cout << "    memory   " << memory_text(needed) << ": " << memory_parts(needed) << "\n";
  if (!fits(needed, machine)) std::cout << "    warning  " << memory_warning(machine) << "\n";
}

void print_published() {
  std::cout
      << "\nPublished networks and bodies\n"
         "  Not included, because of their licences or their size. A full model needs one for cameras and "
         "depth (scene) and\n"
         "  one for people (human); body and smplx are optional. Drop the files onto the studio's window, "
         "or put them into\n"
         "  "
      << full_model_folder().string()
      << " with a model.json beside them:\n"
         "    {\"name\": \"full\", \"kind\": \"full\",\n"
         "     \"files\": {\"scene\": \"model.safetensors\", \"human\": \"multiHMR_896_L.pt\"}}\n"
         "  `ahap reconstruct --model full` then runs with them.\n";
  for (const OfficialFile& file : official_files()) {
    std::cout << "  " << padded(file.part, 8) << padded(file.holds, 24) << padded(file.file_name, 20)
              << padded(bytes_text(file.bytes), 8) << file.licence << "\n"
              << "          " << file.page << "\n";
  }
}

void print_models() {
  std::cout << "Installed models\n";
  const auto models = look_at_models();
  const MachineMemory memory = machine_memory();
  for (const InstalledModel& model : models) print_model(model, memory);
  if (models.empty()) std::cout << "  none\n";
  if (memory.total > 0)
    std::cout << "\nMemory of this machine\n  " << bytes_text(memory.available) << " of "
              << bytes_text(memory.total) << " are free\n";

  std::cout << "\nWhere models are looked for, in this order\n  --model DIR\n";
  for (const auto& folder : model_search_path()) {
    std::cout << "  " << folder.string() << (std::filesystem::is_directory(folder) ? "" : "   (not there)")
              << "\n";
  }
  print_published();
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
