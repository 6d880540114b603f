#include <CLI/CLI.hpp>
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
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/models/model_directory.h"
#include "reconstruction/models/model_file.h"
#include "reconstruction/models/scene_network.h"

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
void print_checkpoint(const fs::path& file) {
  const Checkpoint checkpoint = read_checkpoint_outline(file);
  const CheckpointKind kind = checkpoint.kind();
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) numbers += tensor.numel();
  std::cout << "weights: " << describe(kind) << ", " << checkpoint.tensors.size() << " tensors, " << numbers
            << " numbers\n";
  for (const auto& [key, value] : checkpoint.metadata)
    std::cout << "  " << readable(key) << " = " << readable(value) << "\n";
  for (const auto& [name, tensor] : checkpoint.tensors) {
    std::cout << "  " << readable(name) << "  " << c10::toString(tensor.scalar_type()) << "  "
              << shape_text(tensor.sizes()) << "\n";
  }
  if (is_scene_network(kind) || kind == CheckpointKind::multi_hmr) recognise_model_file(file);
}

void print_reconstruction(const fs::path& file) {
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

void print_info(const fs::path& path) {
  if (fs::is_directory(path))
    return fs::exists(path / "model.json") ? print_model(path) : print_capture(path);
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
    return numpy ? print_npz(path) : print_checkpoint(path);
  }
  if (path.extension() == ".pkl") return print_body_model(path);
  if (start.size() > 8 && start[8] == '{') return print_checkpoint(path);  // safetensors: a length, then JSON
  if (start.starts_with("{"))
    return path.filename() == "model.json" ? print_model(path.parent_path()) : print_reconstruction(path);
  if (fs::is_regular_file(path) && is_named_like_a_model_file(path)) return print_checkpoint(path);
  print_capture(path);
}

}  // namespace

void add_info_command(CLI::App& program) {
  auto path = std::make_shared<fs::path>();
  CLI::App* command = program.add_subcommand(
      "info", "What a capture, picture, video, weight file, body model, numpy file or result holds");
  command->add_option("FILE", *path, "A file or folder")->required();
  command->footer(
      "Examples:\n"
      "  ahap info photos/\n"
      "  ahap info SMPL_NEUTRAL.pkl\n"
      "  ahap info multiHMR_896_L.pt\n");
  command->callback([path] { print_info(*path); });
}

}  // namespace ahap
