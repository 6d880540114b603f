#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/formats/safe_write.h"

// The safetensors format (huggingface.co/docs/safetensors): a little-endian u64 with the header's length, a
// JSON header {name: {dtype, shape, data_offsets}}, then the bytes of all tensors without gaps.
namespace ahap {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t kLargestHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kMostAxes = 32;

struct NamedType {
  std::string_view name;
  torch::ScalarType type;
};
constexpr NamedType kTypes[] = {
    {"F64", torch::kFloat64}, {"F32", torch::kFloat32}, {"F16", torch::kFloat16}, {"BF16", torch::kBFloat16},
    {"I64", torch::kInt64},   {"I32", torch::kInt32},   {"I16", torch::kInt16},   {"I8", torch::kInt8},
    {"U8", torch::kUInt8},    {"BOOL", torch::kBool}};

struct Entry {
  std::string name;
  torch::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;  // within the data
};

class HeaderReader {
 public:
  explicit HeaderReader(const std::filesystem::path& file) : file_(file) {}

  [[noreturn]] void fail(const std::string& why) const { throw std::runtime_error(file_.string() + why); }
  [[noreturn]] void fail(const std::string& tensor, const std::string& why) const {
    fail(": tensor " + tensor + " " + why);
  }

  // JSON with every object's keys checked for repetition, which parsers otherwise resolve silently.
  nlohmann::json parse(std::string_view text) const {
    std::vector<std::set<std::string>> keys;
    const auto check = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& value) {
      if (event == nlohmann::json::parse_event_t::object_start) keys.emplace_back();
      if (event == nlohmann::json::parse_event_t::object_end) keys.pop_back();
      if (event == nlohmann::json::parse_event_t::key &&
          !keys.back().insert(value.get<std::string>()).second) {
        fail(": the name " + value.get<std::string>() + " occurs twice in the header");
      }
      return true;
    };
    try {
      nlohmann::json header = nlohmann::json::parse(text, check);
      if (!header.is_object()) fail(" has a header that is not a JSON object");
      return header;
    } catch (const nlohmann::json::exception&) {
      fail(" has a header that is not valid JSON; the file is damaged or not a safetensors file");
    }
  }

  Entry entry(const std::string& name, const nlohmann::json& value, std::uint64_t data_size) const {
    if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() ||
        !value.contains("shape") || !value["shape"].is_array() || !value.contains("data_offsets") ||
        !value["data_offsets"].is_array() || value["data_offsets"].size() != 2) {
      fail(name, "has no proper dtype, shape and data_offsets");
    }
    Entry entry{name, torch::kFloat32, {}, 0, 0};
    const std::string dtype = value["dtype"];
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const NamedType& t) { return t.name == dtype; });
    if (type == std::end(kTypes)) fail(name, "has the unsupported type " + dtype);
    entry.type = type->type;

    if (value["shape"].size() > kMostAxes)
      fail(name, "has " + std::to_string(value["shape"].size()) + " axes");
    std::uint64_t bytes = c10::elementSize(entry.type);
    bool empty = false;
    for (const auto& length : value["shape"]) {
      if (!length.is_number_unsigned()) fail(name, "has the impossible shape " + value["shape"].dump());
      const auto n = length.get<std::uint64_t>();
      // The strides of a tensor without elements count as if its lengths of 0 were 1.
      if (n > 0 && bytes > std::numeric_limits<std::int64_t>::max() / n) {
        fail(name, "has the impossible shape " + value["shape"].dump());
      }
      bytes *= std::max<std::uint64_t>(n, 1);
      empty = empty || n == 0;
      entry.shape.push_back(std::int64_t(n));
    }
    if (empty) bytes = 0;

    const auto& offsets = value["data_offsets"];
    if (!offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
      fail(name, "has the impossible offsets " + offsets.dump());
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    if (entry.begin > entry.end) fail(name, "has the impossible offsets " + offsets.dump());
    if (entry.end > data_size) {
      fail(name, "ends at byte " + std::to_string(entry.end) + " of the data, but the file holds only " +
                     std::to_string(data_size) + "; it is truncated or damaged");
    }
    if (entry.end - entry.begin != bytes) {
      fail(name, "of type " + dtype + " and shape " + value["shape"].dump() + " needs " +
                     std::to_string(bytes) + " bytes, but its offsets span " +
                     std::to_string(entry.end - entry.begin));
    }
    return entry;
  }

  // Every byte of the data belongs to exactly one tensor.
  void check_coverage(std::vector<Entry> entries, std::uint64_t data_size) const {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t covered = 0;
    std::string previous;
    for (const Entry& entry : entries) {
      if (entry.begin < covered) fail(entry.name, "overlaps tensor " + previous);
      if (entry.begin > covered) {
        fail(entry.name,
             "follows " + std::to_string(entry.begin - covered) + " bytes that belong to no tensor");
      }
      covered = entry.end;
      previous = entry.name;
    }
    if (covered != data_size) {
      fail(" has " + std::to_string(data_size - covered) + " bytes after its last tensor");
    }
  }

 private:
  std::filesystem::path file_;
};

}  // namespace

Checkpoint read_safetensors(const std::filesystem::path& file) {
  const auto mapped = std::make_shared<MappedFile>(file);
  const HeaderReader reader(file);
  if (mapped->size() < 8) reader.fail(" is too short for a safetensors file");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, mapped->data(), 8);
  if (header_size > mapped->size() - 8) {
    reader.fail(" announces a header of " + std::to_string(header_size) + " bytes, but holds only " +
                std::to_string(mapped->size() - 8) + "; it is truncated or not a safetensors file");
  }
  if (header_size > kLargestHeader) reader.fail(" has a header of more than 100 MB");
  const auto header = reader.parse({reinterpret_cast<const char*>(mapped->data()) + 8, header_size});
  std::byte* data = mapped->data() + 8 + header_size;
  const std::uint64_t data_size = mapped->size() - 8 - header_size;

  Checkpoint checkpoint{file, {}, {}};
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") {
      entries.push_back(reader.entry(name, value, data_size));
      continue;
    }
    if (!value.is_object()) reader.fail(" has __metadata__ that is not an object of strings");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) reader.fail(" has __metadata__ that is not an object of strings");
      checkpoint.metadata[key] = text;
    }
  }
  reader.check_coverage(entries, data_size);

  for (const Entry& entry : entries) {
    const auto options = torch::dtype(entry.type);
    std::byte* begin = data + entry.begin;
    const bool aligned = reinterpret_cast<std::uintptr_t>(begin) % c10::elementSize(entry.type) == 0;
    torch::Tensor tensor;
    if (aligned) {
      tensor = torch::from_blob(
          begin, entry.shape, [mapped](void*) {}, options);
    } else {
      tensor = torch::empty(entry.shape, options);
      std::memcpy(tensor.data_ptr(), begin, entry.end - entry.begin);
    }
    if (entry.type == torch::kBool && std::any_of(begin, data + entry.end, [](std::byte value) {
          return std::to_integer<int>(value) > 1;
        })) {
      reader.fail(entry.name, "is of type BOOL but holds values other than 0 and 1");
    }
    checkpoint.tensors.emplace(entry.name, tensor);
  }
  return checkpoint;
}

void save_safetensors(const std::map<std::string, torch::Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata, const std::filesystem::path& file) {
  // Wide types first, so that every tensor is aligned to its own type.
  std::vector<std::pair<std::string, torch::Tensor>> ordered(tensors.begin(), tensors.end());
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.second.element_size() > b.second.element_size();
  });

  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : ordered) {
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const NamedType& t) { return t.type == tensor.scalar_type(); });
    if (type == std::end(kTypes)) {
      throw std::runtime_error(file.string() + ": tensor " + name +
                               " has a type that safetensors does not know");
    }
    const std::uint64_t bytes = std::uint64_t(tensor.numel()) * tensor.element_size();
    header[name] = {
        {"dtype", type->name}, {"shape", tensor.sizes().vec()}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');

  safe_write(file, [&](std::ostream& out) {
    const std::uint64_t header_size = text.size();
    out.write(reinterpret_cast<const char*>(&header_size), 8);
    out.write(text.data(), std::streamsize(text.size()));
    for (const auto& [name, tensor] : ordered) {
      const torch::Tensor bytes = tensor.detach().to(torch::kCPU).contiguous();
      out.write(static_cast<const char*>(bytes.data_ptr()), bytes.numel() * bytes.element_size());
    }
  });
}

}  // namespace ahap
