#include <algorithm>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/checkpoints/scalar_type.h"
#include "reconstruction/formats/torch_archive.h"

namespace ahap {

Checkpoint read_torch_zip(const std::filesystem::path& file, bool outline) {
  const TorchArchive archive(file);
  std::map<std::string, torch::Tensor> storages;
  for (const auto& [entry, storage] : archive.storages()) {
    const auto options = torch::dtype(scalar_type(storage.type)).device(outline ? torch::kMeta : torch::kCPU);
    torch::Tensor elements = torch::empty({storage.elements}, options);
    if (!outline) {
      const std::size_t bytes = std::size_t(storage.elements) * element_size(storage.type);
      archive.read(entry, {static_cast<std::uint8_t*>(elements.data_ptr()), bytes});
    }
    storages.emplace(entry, elements);
  }
  Checkpoint checkpoint{file, {}, archive.metadata()};
  for (const auto& [name, tensor] : archive.tensors()) {
    const torch::Tensor& elements = storages.at(tensor.storage);
    const bool empty = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
    checkpoint.tensors.emplace(name, empty
                                         ? torch::empty(tensor.shape, elements.options())
                                         : elements.as_strided(tensor.shape, tensor.strides, tensor.offset));
  }
  return checkpoint;
}

}  // namespace ahap
