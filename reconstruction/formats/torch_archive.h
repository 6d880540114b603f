#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/formats/element_type.h"
#include "reconstruction/formats/pickle.h"
#include "reconstruction/formats/zip.h"

namespace ahap {

// What torch.save writes since PyTorch 1.6: a zip with <name>/data.pkl, a pickle of the saved object in which
// tensors point to storages, and the storages' little-endian bytes in <name>/data/<key>, not compressed.

// Elements of a storage: the one at index (i, j, ...) is number offset + i strides[0] + j strides[1] + ...
struct TorchArchiveTensor {
  std::string storage;  // entry of the archive
  std::vector<std::int64_t> shape, strides;
  std::int64_t offset = 0;
};

struct TorchArchiveStorage {
  ElementType type = ElementType::f32;
  std::int64_t elements = 0;
};

// Reads such a file and checks it: tensors lie inside their storages, storages are as large as they say, and
// together not larger than the file. Nested dictionaries become names joined by dots: {"model_state_dict":
// {"w": ...}} holds "model_state_dict.w". Nothing in the file is executed. Throws a sentence that names the
// file and the tensor.
class TorchArchive {
 public:
  explicit TorchArchive(const std::filesystem::path& file);

  const std::map<std::string, TorchArchiveTensor>& tensors() const { return tensors_; }
  const std::map<std::string, TorchArchiveStorage>& storages() const { return storages_; }  // by entry
  const std::map<std::string, std::string>& metadata() const { return metadata_; }  // plain values, by path

  // into.size() must be the storage's bytes.
  void read(const std::string& storage, std::span<std::uint8_t> into) const { zip_.read(storage, into); }

 private:
  [[noreturn]] void fail(const std::string& why) const;
  [[noreturn]] void fail(const std::string& tensor, const std::string& why) const;
  void collect(const PickleValue& value, const std::string& path);
  TorchArchiveTensor tensor(const PickleValue& value, const std::string& name);
  std::string storage(const PickleValue& value, const std::string& name);

  std::filesystem::path file_;
  ZipReader zip_;
  std::string folder_;                          // with its slash
  std::map<std::string, std::uint64_t> sizes_;  // of the archive's entries
  std::uint64_t budget_ = 0;                    // bytes that storages may still unpack to
  std::size_t names_ = 0;
  std::map<std::string, TorchArchiveTensor> tensors_;
  std::map<std::string, TorchArchiveStorage> storages_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace ahap
