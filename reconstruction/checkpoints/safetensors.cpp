#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/checkpoints/scalar_type.h"
#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/formats/safetensors_header.h"

namespace ahap {

namespace {

// The tensors that `header` finds in `data`; they keep `owner` alive where they lie in it.
std::map<std::string, torch::Tensor> tensors_of(const SafetensorsHeader& header, std::byte* data,
                                                const std::shared_ptr<const void>& owner) {
  std::map<std::string, torch::Tensor> tensors;
  for (const SafetensorsEntry& entry : header.entries) {
    const auto options = torch::dtype(scalar_type(entry.type));
    std::byte* begin = data + entry.begin;
    const bool aligned = reinterpret_cast<std::uintptr_t>(begin) % element_size(entry.type) == 0;
    torch::Tensor tensor;
    if (aligned) {
      tensor = torch::from_blob(
          begin, entry.shape, [owner](void*) {}, options);
    } else {
      tensor = torch::empty(entry.shape, options);
      std::memcpy(tensor.data_ptr(), begin, entry.end - entry.begin);
    }
    tensors.emplace(entry.name, tensor);
  }
  return tensors;
}

}  // namespace

Checkpoint read_safetensors(const std::filesystem::path& file) {
  const auto mapped = std::make_shared<MappedFile>(file);
  const SafetensorsHeader header = read_safetensors_header({mapped->data(), mapped->size()}, file);
  return {file, tensors_of(header, mapped->data(), mapped), header.metadata};
}

Checkpoint parse_safetensors(std::string bytes, const std::filesystem::path& file) {
  const auto owned = std::make_shared<std::string>(std::move(bytes));
  auto* data = reinterpret_cast<std::byte*>(owned->data());
  const SafetensorsHeader header = read_safetensors_header({data, owned->size()}, file);
  return {file, tensors_of(header, data, owned), header.metadata};
}

void write_safetensors(std::ostream& out, const std::map<std::string, torch::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  // Wide types first, so that every tensor is aligned to its own type.
  std::vector<std::pair<std::string, torch::Tensor>> ordered(tensors.begin(), tensors.end());
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.second.element_size() > b.second.element_size();
  });

  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : ordered) {
    const auto type = element_type(tensor.scalar_type());
    if (!type) {
      throw std::runtime_error("tensor " + name + " has a type that safetensors does not know");
    }
    const std::uint64_t bytes = std::uint64_t(tensor.numel()) * tensor.element_size();
    header[name] = {{"dtype", safetensors_name(*type)},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');

  const std::uint64_t header_size = text.size();
  out.write(reinterpret_cast<const char*>(&header_size), 8);
  out.write(text.data(), std::streamsize(text.size()));
  for (const auto& [name, tensor] : ordered) {
    const torch::Tensor bytes = tensor.detach().to(torch::kCPU).contiguous();
    out.write(static_cast<const char*>(bytes.data_ptr()), bytes.numel() * bytes.element_size());
  }
}

void save_safetensors(const std::map<std::string, torch::Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata, const std::filesystem::path& file) {
  safe_write(file, [&](std::ostream& out) { write_safetensors(out, tensors, metadata); });
}

}  // namespace ahap
