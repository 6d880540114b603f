#pragma once

#include <memory>
#include <string>

namespace ahap {

enum class Device { automatic, cpu, cuda };
enum class Precision { automatic, f32, bf16 };

struct LoadOptions {
  std::string model;  // "compact", a folder with a model.json; empty: the default
  Device device = Device::automatic;
  Precision precision = Precision::automatic;  // automatic: bf16 where the processor has it

  bool operator==(const LoadOptions&) const = default;
};

// The networks and the body of one model, loaded once and used for many runs. Hides LibTorch from its users.
class Model;

// Throws a sentence that names the file (and tensor) when something is missing or wrong.
std::shared_ptr<Model> load_model(const LoadOptions& options = {});

}  // namespace ahap
