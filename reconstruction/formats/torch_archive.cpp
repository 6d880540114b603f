#include "reconstruction/formats/torch_archive.h"

#include <algorithm>
#include <stdexcept>

namespace ahap {
namespace {

using Kind = PickleValue::Kind;

constexpr std::uint64_t kLargestPickle = 256'000'000;  // bytes
constexpr std::size_t kMaxNames = 1'000'000;

}  // namespace

TorchArchive::TorchArchive(const std::filesystem::path& file) : file_(file), zip_(file) {
  budget_ = std::filesystem::file_size(file);
  for (const auto& entry : zip_.entries()) {
    sizes_[entry.name] = entry.size;
    if (entry.name.ends_with("/data.pkl")) folder_ = entry.name.substr(0, entry.name.rfind('/') + 1);
  }
  if (folder_.empty()) {
    fail(zip_.entries().empty()
             ? "is an empty zip archive"
             : "is a zip archive, but no PyTorch checkpoint; if the file that you want is in it (it "
               "holds " +
                   zip_.entries().front().name + "), unpack it first");
  }
  if (sizes_[folder_ + "data.pkl"] > kLargestPickle) fail("has a data.pkl of more than 256 MB");
  if (sizes_.contains(folder_ + "byteorder")) {
    const auto order = zip_.read(folder_ + "byteorder");
    if (std::string(order.begin(), order.end()) != "little") fail("was written on a big-endian machine");
  }
  const std::vector<std::uint8_t> bytes = zip_.read(folder_ + "data.pkl");
  const Pickle pickle(std::as_bytes(std::span(bytes)), file_.string());
  collect(pickle.root(), "");
}

void TorchArchive::fail(const std::string& why) const {
  throw std::runtime_error(file_.string() + " " + why);
}

void TorchArchive::fail(const std::string& tensor, const std::string& why) const {
  throw std::runtime_error(file_.string() + ": tensor " + tensor + " " + why);
}

// Tensors and plain values below `value`, by their path.
void TorchArchive::collect(const PickleValue& value, const std::string& path) {
  if (++names_ > kMaxNames) fail("holds more than a million values");
  const auto below = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
  switch (value.kind) {
    case Kind::dict:
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
        const PickleValue& key = *value.items[i];
        if (key.kind != Kind::text && key.kind != Kind::integer) continue;
        const std::string name = key.kind == Kind::text ? std::string(key.text) : std::to_string(key.integer);
        collect(*value.items[i + 1], below(name));
      }
      break;
    case Kind::list:
    case Kind::tuple:
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        collect(*value.items[i], below(std::to_string(i)));
      }
      break;
    case Kind::tensor:
      if (!tensors_.emplace(path, tensor(value, path)).second) fail(path, "occurs twice");
      break;
    case Kind::text:
      metadata_[path] = value.text;
      break;
    case Kind::integer:
      metadata_[path] = std::to_string(value.integer);
      break;
    case Kind::boolean:
      metadata_[path] = value.integer ? "true" : "false";
      break;
    case Kind::real:
      metadata_[path] = std::to_string(value.real);
      break;
    default:
      break;
  }
}

TorchArchiveTensor TorchArchive::tensor(const PickleValue& value, const std::string& name) {
  const TorchArchiveTensor tensor{storage(*value.items[0], name), value.shape, value.strides, value.integer};
  const std::int64_t elements = storages_.at(tensor.storage).elements;
  if (value.shape.size() != value.strides.size()) fail(name, "has a different number of lengths and strides");
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
  if (!inside || (!empty && last >= elements)) {
    fail(name, "reaches beyond its storage of " + std::to_string(elements) + " elements");
  }
  return tensor;
}

std::string TorchArchive::storage(const PickleValue& value, const std::string& name) {
  static const std::map<std::string, ElementType> types = {
      {"torch.DoubleStorage", ElementType::f64}, {"torch.FloatStorage", ElementType::f32},
      {"torch.HalfStorage", ElementType::f16},   {"torch.BFloat16Storage", ElementType::bf16},
      {"torch.LongStorage", ElementType::i64},   {"torch.IntStorage", ElementType::i32},
      {"torch.ShortStorage", ElementType::i16},  {"torch.CharStorage", ElementType::i8},
      {"torch.ByteStorage", ElementType::u8},    {"torch.BoolStorage", ElementType::boolean}};
  const auto type = types.find(value.dtype);
  if (type == types.end()) fail(name, "has the unsupported type " + value.dtype);
  const std::string entry = folder_ + "data/" + std::string(value.text);
  if (const auto known = storages_.find(entry); known != storages_.end()) {
    if (known->second.type != type->second) fail(name, "shares a storage of another type");
    return entry;
  }
  const auto size = sizes_.find(entry);
  if (size == sizes_.end()) fail(name, "points to the missing entry " + entry);
  const std::uint64_t width = element_size(type->second);
  if (value.integer < 0 || size->second % width != 0 ||
      size->second / width != std::uint64_t(value.integer)) {
    fail(name, "announces " + std::to_string(value.integer) + " elements of " + std::to_string(width) +
                   " bytes, but " + entry + " holds " + std::to_string(size->second) + " bytes");
  }
  if (size->second > budget_)
    fail("unpacks to more than its own size; PyTorch does not compress, so it is no checkpoint");
  budget_ -= size->second;
  storages_[entry] = {type->second, value.integer};
  return entry;
}

}  // namespace ahap
