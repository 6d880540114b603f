#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cli/commands.h"
#include "app/memory_text.h"
#include "reconstruction/body/body_model.h"
#include "reconstruction/body/smplx_model.h"
#include "reconstruction/capture/capture.h"
#include "reconstruction/capture/picture.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/mistaken_file.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/models/model_directory.h"
#include "reconstruction/models/model_file.h"
#include "reconstruction/models/weight_listing.h"
#include "reconstruction/project/project_file.h"
#include "reconstruction/project/results_project.h"
#include "reconstruction/project/sources.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

template <typename Sizes>
std::string shape_text(const Sizes& sizes) {
  std::string text;
  for (const auto size : sizes) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

void print_model(const fs::path& directory) {
  const ModelDescription model = read_model_description(directory);
  std::cout << "model " << readable(model.name) << " (" << model.kind
            << "), licence: " << (model.licence.empty() ? "not stated" : model.licence) << "\n";
  for (const auto& [part, file] : model.files) {
    const bool there = fs::exists(file);
    std::cout << "  " << readable(file.filename().string()) << "  "
              << (there ? std::to_string(fs::file_size(file) / 1024) + " KiB" : "missing") << "\n";
  }
  const MemoryEstimate needed = memory_estimate(inspect_model(directory));
  if (needed.total() == 0) return;
  const MachineMemory machine = machine_memory();
  std::cout << "  memory  " << memory_text(needed) << ": " << memory_parts(needed) << "\n  "
            << (fits(needed, machine) ? bytes_text(machine.available) + " are free" : memory_warning(machine))
            << "\n";
}

void print_picture(const PictureHeader& header) {
  std::cout << header.upright_width() << " x " << header.upright_height() << " pixels";
  if (header.orientation != 1) std::cout << ", turned (EXIF orientation " << header.orientation << ")";
  if (header.focal_length_35mm > 0)
    std::cout << ", lens " << header.focal_length_35mm << " mm (35 mm equivalent)";
  std::cout << "\n";
}

void print_capture(const fs::path& path) {
  const Capture capture = open_capture({path});
  const int frames = capture.frame_count();
  std::cout << "capture: " << capture.cameras.size()
            << (capture.cameras.size() == 1 ? " camera, " : " cameras, ") << frames
            << (frames == 1 ? " frame" : " frames") << "\n";
  for (const CaptureCamera& camera : capture.cameras) {
    std::cout << "  " << readable(camera.name) << "  ";
    if (camera.kind == CameraKind::image) {
      print_picture(read_picture_header(read_file(camera.paths.front())));
    } else if (camera.kind == CameraKind::image_sequence) {
      std::cout << camera.picture_count() << " pictures\n";
    } else {
      std::cout << "video, " << camera.frame_count << " frames";
      if (camera.fps > 0) std::cout << " at " << camera.fps << " per second";
      std::cout << "\n";
    }
  }
  if (!capture.calibration.empty())
    std::cout << "  calibration: " << readable(capture.calibration.string()) << "\n";
  for (const Problem& problem : capture.problems)
    std::cout << "  note: " << readable(message(problem)) << "\n";
}

void print_arrays(const Npz& arrays) {
  for (const auto& [name, array] : arrays) {
    std::cout << "  " << readable(name) << "  " << array.dtype << "  " << shape_text(array.shape) << "\n";
  }
}

void print_body_model(const fs::path& file) {
  const bool whole = recognise_model_file(file).part == "smplx";
  const BodyModel body = whole ? load_smplx_model(file).body : load_body_model(file);
  std::cout << "body model in " << (whole ? "SMPL-X" : "SMPL") << "'s layout: " << body.num_vertices()
            << " vertices, " << body.faces.rows() << " triangles, " << body.num_joints() << " joints, "
            << body.num_betas() << " betas, " << body.posedirs.cols() << " pose blend shapes\n";
}

void print_npz(const fs::path& file) {
  const Npz arrays = read_npz(file);
  if (arrays.contains("v_template") && arrays.contains("J_regressor")) {
    print_body_model(file);
  } else {
    std::cout << "numpy archive: " << arrays.size() << " arrays\n";
  }
  print_arrays(arrays);
}

// What is wrong with the weights of a network that is known is said after what they are.
void print_weights(const fs::path& file) {
  const WeightListing weights = list_weights(file);
  std::cout << "weights: " << weights.holds << ", " << weights.tensors.size() << " tensors, "
            << weights.numbers << " numbers\n";
  for (const auto& [key, value] : weights.metadata)
    std::cout << "  " << readable(key) << " = " << readable(value) << "\n";
  for (const ListedTensor& tensor : weights.tensors)
    std::cout << "  " << readable(tensor.name) << "  " << tensor.type << "  " << shape_text(tensor.shape)
              << "\n";
  if (weights.is_model_network) recognise_model_file(file);
}

void print_reconstruction(const fs::path& file) {
  require_not_mistaken(file);
  std::ifstream in = open_input_file(file);
  try {
    const auto json = parse_json(in);
    const std::size_t views = json.at("views").size(), people = json.at("people").size();
    std::cout << "reconstruction: " << views << (views == 1 ? " view, " : " views, ") << people
              << (people == 1 ? " person\n" : " people\n");
  } catch (const nlohmann::json::exception&) {
    throw std::runtime_error(file.string() + ": is a JSON file, but not one that this program writes");
  }
}

std::string counted(std::size_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

void print_person(const Person& person, const Reconstruction& result) {
  const BodyInFrame& first = person.bodies.front();
  char height[32];
  std::snprintf(height, sizeof height, "%.2f m", person.height);
  std::cout << "  " << readable(person_label(person)) << "  " << height << ", "
            << (result.frames.size() > 1 ? "in " + counted(person.bodies.size(), "frame", "frames")
                                         : "seen in " + counted(first.detections.size(), "view", "views"))
            << (first.smplx ? ", SMPL-X body" : "") << "\n";
}

void print_result(const Reconstruction& result) {
  const auto placed = std::count_if(result.views.begin(), result.views.end(),
                                    [](const ReconstructedView& view) { return view.camera_estimated; });
  const int first = result.frames.front().number, last = result.frames.back().number;
  std::cout << "result of the model " << readable(result.model_name) << ", version "
            << readable(result.program_version) << "\n  "
            << (first == last ? "frame " + std::to_string(first)
                              : counted(result.frames.size(), "frame", "frames") + " from " +
                                    std::to_string(first) + " to " + std::to_string(last))
            << ", " << counted(result.views.size(), "view", "views") << ", " << placed << " with a camera, "
            << counted(result.frames.front().points->size(), "point", "points") << "\n";
  for (const Person& person : result.people) print_person(person, result);
  for (const std::string& sentence : result.messages) std::cout << "  note: " << readable(sentence) << "\n";
}

// Where the files of a project are, as far as they are there.
void print_sources(const Project& project, const fs::path& folder) {
  const FoundSources found = find_sources(project, fs::absolute(folder).lexically_normal());
  for (const CaptureCamera& camera : project.capture.cameras) {
    const auto is_missing = [&](const fs::path& file) {
      return std::find(found.missing.begin(), found.missing.end(), file) != found.missing.end();
    };
    std::cout << "  " << readable(camera.name) << "  "
              << (camera.kind == CameraKind::image
                      ? "photo"
                      : counted(std::size_t(camera.frame_count), "frame", "frames"))
              << (std::any_of(camera.paths.begin(), camera.paths.end(), is_missing) ? ", missing" : "")
              << "\n";
  }
}

void print_project(const Project& project, const std::string& what, const fs::path& folder) {
  std::cout << what << " " << readable(project.name) << ": "
            << counted(project.capture.cameras.size(), "camera", "cameras") << "\n";
  print_sources(project, folder);
  if (project.result)
    print_result(*project.result);
  else
    std::cout << "nothing is reconstructed yet\n";
  for (const ProjectStep& step : project.undo) std::cout << "  edit: " << readable(step.what) << "\n";
}

void print_info(const fs::path& path) {
  if (fs::is_directory(path)) {
    if (is_results_folder(path)) return print_project(read_results_project(path), "results", path);
    return fs::exists(path / "model.json") ? print_model(path) : print_capture(path);
  }
  if (is_named_like_a_project(path)) return print_project(read_project(path), "project", path.parent_path());
  std::string start(16, '\0');
  std::ifstream in = open_input_file(path);
  in.read(start.data(), std::streamsize(start.size()));
  start.resize(std::size_t(in.gcount()));
  in.close();

  if (start.starts_with("\x93NUMPY")) return print_arrays({{path.filename().string(), read_npy(path)}});
  if (start.starts_with("PK")) {
    const ZipReader zip(path);
    const bool numpy =
        std::any_of(zip.entries().begin(), zip.entries().end(),
                    [](const ZipReader::Entry& entry) { return entry.name.ends_with(".npy"); });
    return numpy ? print_npz(path) : print_weights(path);
  }
  if (path.extension() == ".pkl") return print_body_model(path);
  if (start.size() > 8 && start[8] == '{') return print_weights(path);  // safetensors: a length, then JSON
  if (start.starts_with("{"))
    return path.filename() == "model.json" ? print_model(path.parent_path()) : print_reconstruction(path);
  if (fs::is_regular_file(path) && is_named_like_a_model_file(path)) return print_weights(path);
  print_capture(path);
}

}  // namespace

void add_info_command(CLI::App& program) {
  auto path = std::make_shared<fs::path>();
  CLI::App* command = program.add_subcommand(
      "info", "What a capture, project, picture, video, weight file, body model, numpy file or result holds");
  command->add_option("FILE", *path, "A file or folder")->required();
  command->footer(
      "Examples:\n"
      "  ahap info photos/\n"
      "  ahap info party.ahap\n"
      "  ahap info SMPL_NEUTRAL.pkl\n"
      "  ahap info multiHMR_896_L.pt\n");
  command->callback([path] { print_info(*path); });
}

}  // namespace ahap
