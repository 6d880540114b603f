#include <algorithm>
#include <cstring>
#include <map>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/formats/pickle.h"
#include "reconstruction/formats/zip.h"

// What torch.save writes since PyTorch 1.6: a zip with <name>/data.pkl, a pickle of the saved object in which
// tensors point to storages, and the storages' little-endian bytes in <name>/data/<key>, not compressed.
namespace ahap {
namespace {

using Kind = PickleValue::Kind;

constexpr std::uint64_t kLargestPickle = 256'000'000;  // bytes
constexpr std::size_t kMostNames = 1'000'000;

class TorchZip {
 public:
  TorchZip(const std::filesystem::path& file, bool outline) : file_(file), zip_(file), outline_(outline) {
    budget_ = std::filesystem::file_size(file);
    for (const auto& entry : zip_.entries()) {
      sizes_[entry.name] = entry.size;
      if (entry.name.ends_with("/data.pkl")) folder_ = entry.name.substr(0, entry.name.rfind('/') + 1);
    }
    if (folder_.empty()) fail("is a zip archive but no PyTorch checkpoint, it has no data.pkl");
    if (sizes_[folder_ + "data.pkl"] > kLargestPickle) fail("has a data.pkl of more than 256 MB");
    if (sizes_.contains(folder_ + "byteorder")) {
      const auto order = zip_.read(folder_ + "byteorder");
      if (std::string(order.begin(), order.end()) != "little") fail("was written on a big-endian machine");
    }
  }

  Checkpoint read() {
    const std::vector<std::uint8_t> bytes = zip_.read(folder_ + "data.pkl");
    const Pickle pickle(std::as_bytes(std::span(bytes)), file_.string());
    Checkpoint checkpoint{file_, {}, {}};
    collect(pickle.root(), "", checkpoint);
    return checkpoint;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(file_.string() + " " + why);
  }
  [[noreturn]] void fail(const std::string& tensor, const std::string& why) const {
    throw std::runtime_error(file_.string() + ": tensor " + tensor + " " + why);
  }

  // Tensors and plain values below `value`, by their path.
  void collect(const PickleValue& value, const std::string& path, Checkpoint& checkpoint) {
    if (++names_ > kMostNames) fail("holds more than a million values");
    const auto below = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
    switch (value.kind) {
      case Kind::dict:
        for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
          const PickleValue& key = *value.items[i];
          if (key.kind != Kind::text && key.kind != Kind::integer) continue;
          const std::string name =
              key.kind == Kind::text ? std::string(key.text) : std::to_string(key.integer);
          collect(*value.items[i + 1], below(name), checkpoint);
        }
        break;
      case Kind::list:
      case Kind::tuple:
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          collect(*value.items[i], below(std::to_string(i)), checkpoint);
        }
        break;
      case Kind::tensor:
        if (!checkpoint.tensors.emplace(path, tensor(value, path)).second) fail(path, "occurs twice");
        break;
      case Kind::text:
        checkpoint.metadata[path] = value.text;
        break;
      case Kind::integer:
        checkpoint.metadata[path] = std::to_string(value.integer);
        break;
      case Kind::boolean:
        checkpoint.metadata[path] = value.integer ? "true" : "false";
        break;
      case Kind::real:
        checkpoint.metadata[path] = std::to_string(value.real);
        break;
      default:
        break;
    }
  }

  torch::Tensor tensor(const PickleValue& value, const std::string& name) {
    const torch::Tensor& data = storage(*value.items[0], name);
    if (value.shape.size() != value.strides.size())
      fail(name, "has a different number of lengths and strides");
    std::int64_t last = value.integer;
    bool inside = last >= 0, empty = false;
    for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
      std::int64_t reach = 0;
      inside = inside && value.shape[axis] >= 0 && value.strides[axis] >= 0 &&
               !__builtin_mul_overflow(std::max<std::int64_t>(value.shape[axis] - 1, 0), value.strides[axis],
                                       &reach) &&
               !__builtin_add_overflow(last, reach, &last);
      empty = empty || value.shape[axis] == 0;
    }
    std::int64_t count = 1;
    for (const std::int64_t length : value.shape)
      inside = inside && !__builtin_mul_overflow(count, std::max<std::int64_t>(length, 1), &count);
    if (!inside || (!empty && last >= data.numel())) {
      fail(name, "reaches beyond its storage of " + std::to_string(data.numel()) + " elements");
    }
    return empty ? torch::empty(value.shape, data.options())
                 : data.as_strided(value.shape, value.strides, value.integer);
  }

  // The storage's elements, read once however many tensors share them.
  const torch::Tensor& storage(const PickleValue& value, const std::string& name) {
    static const std::map<std::string, torch::ScalarType> types = {
        {"torch.DoubleStorage", torch::kFloat64}, {"torch.FloatStorage", torch::kFloat32},
        {"torch.HalfStorage", torch::kFloat16},   {"torch.BFloat16Storage", torch::kBFloat16},
        {"torch.LongStorage", torch::kInt64},     {"torch.IntStorage", torch::kInt32},
        {"torch.ShortStorage", torch::kInt16},    {"torch.CharStorage", torch::kInt8},
        {"torch.ByteStorage", torch::kUInt8},     {"torch.BoolStorage", torch::kBool}};
    const auto type = types.find(value.dtype);
    if (type == types.end()) fail(name, "has the unsupported type " + value.dtype);
    const std::string entry = folder_ + "data/" + std::string(value.text);
    if (const auto known = storages_.find(entry); known != storages_.end()) {
      if (known->second.scalar_type() != type->second) fail(name, "shares a storage of another type");
      return known->second;
    }
    const auto size = sizes_.find(entry);
    if (size == sizes_.end()) fail(name, "points to the missing entry " + entry);
    const std::uint64_t width = c10::elementSize(type->second);
    if (value.integer < 0 || size->second % width != 0 ||
        size->second / width != std::uint64_t(value.integer)) {
      fail(name, "announces " + std::to_string(value.integer) + " elements of " + std::to_string(width) +
                     " bytes, but " + entry + " holds " + std::to_string(size->second) + " bytes");
    }
    if (size->second > budget_)
      fail("unpacks to more than its own size; PyTorch does not compress, so it is no checkpoint");
    budget_ -= size->second;
    torch::Tensor elements = torch::empty(
        {value.integer}, torch::dtype(type->second).device(outline_ ? torch::kMeta : torch::kCPU));
    if (!outline_) zip_.read(entry, {static_cast<std::uint8_t*>(elements.data_ptr()), size->second});
    return storages_.emplace(entry, elements).first->second;
  }

  std::filesystem::path file_;
  ZipReader zip_;
  bool outline_;                                // shapes alone
  std::string folder_;                          // with its slash
  std::map<std::string, std::uint64_t> sizes_;  // of the archive's entries
  std::map<std::string, torch::Tensor> storages_;
  std::uint64_t budget_ = 0;  // bytes that storages may still unpack to
  std::size_t names_ = 0;
};

}  // namespace

Checkpoint read_torch_zip(const std::filesystem::path& file, bool outline) {
  return TorchZip(file, outline).read();
}

}  // namespace ahap
