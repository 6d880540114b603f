#include "reconstruction/formats/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "reconstruction/formats/parse_json.h"

namespace ahap {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t kLargestHeader = 100'000'000;  // the format's own limit
constexpr std::size_t kMaxAxes = 32;

struct NamedType {
  std::string_view name;
  ElementType type;
};
constexpr NamedType kTypes[] = {{"F64", ElementType::f64}, {"F32", ElementType::f32},
                                {"F16", ElementType::f16}, {"BF16", ElementType::bf16},
                                {"I64", ElementType::i64}, {"I32", ElementType::i32},
                                {"I16", ElementType::i16}, {"I8", ElementType::i8},
                                {"U8", ElementType::u8},   {"BOOL", ElementType::boolean}};

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
    const auto check = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
      require_shallow_json<nlohmann::json>(depth);
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

  SafetensorsEntry entry(const std::string& name, const nlohmann::json& value,
                         std::uint64_t data_size) const {
    if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() ||
        !value.contains("shape") || !value["shape"].is_array() || !value.contains("data_offsets") ||
        !value["data_offsets"].is_array() || value["data_offsets"].size() != 2) {
      fail(name, "has no proper dtype, shape and data_offsets");
    }
    SafetensorsEntry entry;
    entry.name = name;
    const std::string dtype = value["dtype"];
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const NamedType& t) { return t.name == dtype; });
    if (type == std::end(kTypes))
      fail(name,
           "is stored as " + dtype + ", which this program does not read; get the file in F32, F16 or BF16");
    entry.type = type->type;

    if (value["shape"].size() > kMaxAxes)
      fail(name, "has " + std::to_string(value["shape"].size()) + " axes");
    std::uint64_t bytes = element_size(entry.type);
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
  void check_coverage(std::vector<SafetensorsEntry> entries, std::uint64_t data_size) const {
    std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t covered = 0;
    std::string previous;
    for (const SafetensorsEntry& entry : entries) {
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

SafetensorsHeader read_safetensors_header(std::span<const std::byte> bytes,
                                          const std::filesystem::path& file) {
  const HeaderReader reader(file);
  if (bytes.size() < 8) reader.fail(" is too short for a safetensors file");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), 8);
  if (header_size > bytes.size() - 8) {
    reader.fail(" announces a header of " + std::to_string(header_size) + " bytes, but holds only " +
                std::to_string(bytes.size() - 8) + "; it is truncated or not a safetensors file");
  }
  if (header_size > kLargestHeader) reader.fail(" has a header of more than 100 MB");
  const auto json = reader.parse({reinterpret_cast<const char*>(bytes.data()) + 8, header_size});
  const std::uint64_t data_size = bytes.size() - 8 - header_size;

  SafetensorsHeader header;
  for (const auto& [name, value] : json.items()) {
    if (name != "__metadata__") {
      header.entries.push_back(reader.entry(name, value, data_size));
      continue;
    }
    if (!value.is_object()) reader.fail(" has __metadata__ that is not an object of strings");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) reader.fail(" has __metadata__ that is not an object of strings");
      header.metadata[key] = text;
    }
  }
  reader.check_coverage(header.entries, data_size);
  for (SafetensorsEntry& entry : header.entries) {
    entry.begin += 8 + header_size;
    entry.end += 8 + header_size;
    const auto data = bytes.subspan(entry.begin, entry.end - entry.begin);
    if (entry.type == ElementType::boolean && std::any_of(data.begin(), data.end(), [](std::byte value) {
          return std::to_integer<int>(value) > 1;
        })) {
      reader.fail(entry.name, "is of type BOOL but holds values other than 0 and 1");
    }
  }
  return header;
}

std::string_view safetensors_name(ElementType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes),
                      [&](const NamedType& t) { return t.type == type; })
      ->name;
}

}  // namespace ahap
