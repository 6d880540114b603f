#include "reconstruction/formats/npz.h"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <stdexcept>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/formats/zip.h"

// The .npy format: "\x93NUMPY", version, length of the header, the header as a Python dictionary, the
// elements. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

namespace ahap {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "\x93NUMPY";

// What stands before the elements of a .npy file.
struct Header {
  std::string descr;  // with byte order, "<f4"
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// The Python literals that numpy writes: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        if (peek() != '\'' && peek() != '"')
          throw std::runtime_error("holds records, which are not supported");
        header.descr = quoted();
        descr = true;
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
        order = true;
      } else if (key == "shape") {
        header.shape = tuple();
        shape = true;
      } else {
        damaged();
      }
      if (!accept(',') && peek() != '}') damaged();
    }
    if (!descr || !order || !shape || peek()) damaged();
    return header;
  }

 private:
  [[noreturn]] static void damaged() { throw std::runtime_error("has a damaged header"); }

  // The next character that is no space; 0 at the end.
  char peek() {
    while (at_ < text_.size() && std::string_view(" \n\t\r").find(text_[at_]) != std::string_view::npos)
      ++at_;
    return at_ < text_.size() ? text_[at_] : 0;
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged();
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') damaged();
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) damaged();
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return std::string(inside);
  }
  bool boolean() {
    peek();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    damaged();
  }
  std::int64_t integer() {
    peek();
    std::int64_t value = 0;
    const std::size_t start = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[at_] - '0', &value)) {
        throw std::runtime_error("has an impossible shape");
      }
    }
    if (at_ == start) damaged();
    accept('L');  // Python 2 wrote long integers so
    return value;
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!accept(')')) {
      values.push_back(integer());
      if (!accept(',') && peek() != ')') damaged();
    }
    return values;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// One element, by numpy's letter: b boolean, i, u, f numbers, U text of UTF-32, S text of bytes.
struct ElementType {
  char kind = 0;
  std::int64_t size = 0;  // bytes
  std::int64_t word = 0;  // bytes that a change of byte order reverses together
};

ElementType element_type(const std::string& dtype) {
  const auto unsupported = [&]() {
    return std::runtime_error("has elements of type \"" + dtype + "\", which are not supported");
  };
  if (dtype.starts_with('O')) throw std::runtime_error("holds Python objects, which are never loaded");
  if (dtype.size() < 2 || dtype.size() > 9) throw unsupported();
  std::int64_t number = 0;
  for (const char digit : dtype.substr(1)) {
    if (digit < '0' || digit > '9') throw unsupported();
    number = 10 * number + (digit - '0');
  }
  const char kind = dtype[0];
  const bool power = number == 1 || number == 2 || number == 4 || number == 8;
  if (kind == 'b' && number == 1) return {kind, 1, 1};
  if ((kind == 'i' || kind == 'u') && power) return {kind, number, number};
  if (kind == 'f' && power && number != 1) return {kind, number, number};
  if (kind == 'U') return {kind, 4 * number, 4};
  if (kind == 'S') return {kind, number, 1};
  throw unsupported();
}

// Number of elements; nothing when the product leaves 64 bits.
std::optional<std::int64_t> element_count(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape) {
    if (n < 0 || __builtin_mul_overflow(count, n, &count)) return std::nullopt;
  }
  return count;
}

void reverse_byte_order(std::vector<std::uint8_t>& data, std::int64_t word) {
  for (auto at = data.begin(); at != data.end(); at += word) std::reverse(at, at + word);
}

// Elements in C order from elements in Fortran order.
std::vector<std::uint8_t> c_order(const std::vector<std::uint8_t>& fortran,
                                  const std::vector<std::int64_t>& shape, std::int64_t size) {
  std::vector<std::uint8_t> data(fortran.size());
  std::vector<std::int64_t> stride(shape.size()), index(shape.size(), 0);
  std::int64_t step = size;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    stride[axis] = step;
    step *= shape[axis];
  }
  std::int64_t from = 0;
  for (std::size_t to = 0; to < data.size(); to += size) {
    std::memcpy(&data[to], &fortran[from], size);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return data;
}

// `file` holds a whole .npy file. Messages continue the sentence "<name> ...".
NpyArray parse_npy(std::vector<std::uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic)) throw std::runtime_error("is not a numpy array");
  if (file.size() < 12) throw std::runtime_error("is cut off in its header");
  const int version = file[6];
  if (version < 1 || version > 3) {
    throw std::runtime_error("has version " + std::to_string(version) +
                             " of the .npy format; 1 to 3 are supported");
  }
  std::uint64_t length = file[8] | file[9] << 8;
  if (version > 1) length |= std::uint64_t(file[10]) << 16 | std::uint64_t(file[11]) << 24;
  const std::uint64_t start = version > 1 ? 12 : 10;
  if (length > file.size() - start) throw std::runtime_error("is cut off in its header");

  Header header = HeaderParser(text.substr(start, length)).parse();
  file.erase(file.begin(), file.begin() + start + length);
  return npy_from_elements(header.descr, header.fortran_order, std::move(header.shape), std::move(file));
}

template <typename Stored, typename Value>
std::vector<Value> convert(const std::vector<std::uint8_t>& data) {
  std::vector<Value> values(data.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, &data[i * sizeof(Stored)], sizeof(Stored));
    if constexpr (std::is_integral_v<Value> && !std::is_integral_v<Stored>) {
      const double value = double(stored);
      if (value != std::trunc(value) || std::abs(value) > 9e15) {
        throw std::runtime_error("whole numbers were expected, but an array holds " + std::to_string(value));
      }
      values[i] = Value(value);
    } else {
      values[i] = Value(stored);
    }
  }
  return values;
}

template <typename Value>
std::vector<Value> convert(const NpyArray& array) {
  const auto& [dtype, shape, data] = array;
  if (dtype == "f4") return convert<float, Value>(data);
  if (dtype == "f8") return convert<double, Value>(data);
  if (dtype == "f2") return convert<Eigen::half, Value>(data);
  if (dtype == "i1") return convert<std::int8_t, Value>(data);
  if (dtype == "i2") return convert<std::int16_t, Value>(data);
  if (dtype == "i4") return convert<std::int32_t, Value>(data);
  if (dtype == "i8") return convert<std::int64_t, Value>(data);
  if (dtype == "u1" || dtype == "b1") return convert<std::uint8_t, Value>(data);
  if (dtype == "u2") return convert<std::uint16_t, Value>(data);
  if (dtype == "u4") return convert<std::uint32_t, Value>(data);
  if (dtype == "u8") return convert<std::uint64_t, Value>(data);
  throw std::runtime_error("numbers were expected, but an array holds elements of type \"" + dtype + "\"");
}

template <typename T>
NpyArray from_values(const char* dtype, const std::vector<T>& values, std::vector<std::int64_t> shape) {
  NpyArray array{dtype, std::move(shape), std::vector<std::uint8_t>(values.size() * sizeof(T))};
  if (array.size() != std::int64_t(values.size())) {
    throw std::logic_error(std::to_string(values.size()) + " values do not fill an array of " +
                           std::to_string(array.size()));
  }
  if (!values.empty()) std::memcpy(array.data.data(), values.data(), array.data.size());
  return array;
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& file) {
  std::ifstream in = open_input_file(file);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (!in || error) {
    throw std::runtime_error("cannot read " + file.string() + ": " +
                             (error ? error.message() : "it cannot be opened"));
  }
  std::vector<std::uint8_t> bytes(size);
  in.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(size));
  if (!in) throw std::runtime_error("cannot read " + file.string() + " to its end");
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> npy_bytes(const NpyArray& array, const std::string& name) {
  const ElementType element = element_type(array.dtype);
  if (std::int64_t(array.data.size()) != array.size() * element.size) {
    throw std::logic_error(name + " has a shape that does not fit its data");
  }
  std::string shape;
  for (const std::int64_t n : array.shape) shape += std::to_string(n) + ",";
  if (array.shape.size() > 1) shape.pop_back();
  std::string header = "{'descr': '" + std::string(element.word > 1 ? "<" : "|") + array.dtype +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // Padded with spaces so that the elements start at a multiple of 64 bytes.
  constexpr std::size_t prefix = 10;
  header.append(63 - (prefix + header.size()) % 64, ' ');
  header += '\n';

  std::string start(kMagic);
  start += {1, 0, char(header.size() & 255), char(header.size() >> 8)};
  start += header;
  std::vector<std::uint8_t> bytes(start.begin(), start.end());
  bytes.insert(bytes.end(), array.data.begin(), array.data.end());
  return bytes;
}

NpyArray npy_from_elements(const std::string& descr, bool fortran_order, std::vector<std::int64_t> shape,
                           std::vector<std::uint8_t> elements) {
  NpyArray array;
  const bool has_order =
      std::string_view("<>|=").find(descr.empty() ? 0 : descr[0]) != std::string_view::npos;
  array.dtype = descr.substr(has_order ? 1 : 0);
  array.shape = std::move(shape);
  const ElementType element = element_type(array.dtype);
  const std::optional<std::int64_t> count = element_count(array.shape);
  std::int64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, element.size, &bytes))
    throw std::runtime_error("has an impossible shape");

  if (elements.size() != std::uint64_t(bytes)) {
    throw std::runtime_error("needs " + std::to_string(bytes) + " bytes for its shape but holds " +
                             std::to_string(elements.size()) +
                             (elements.size() < std::uint64_t(bytes) ? " (cut off)" : ""));
  }
  if (descr.starts_with('>')) reverse_byte_order(elements, element.word);
  if (fortran_order && !elements.empty()) elements = c_order(elements, array.shape, element.size);
  array.data = std::move(elements);
  return array;
}

std::int64_t NpyArray::size() const {
  return element_count(shape).value();
}

std::vector<float> NpyArray::as_floats() const {
  return convert<float>(*this);
}
std::vector<double> NpyArray::as_doubles() const {
  return convert<double>(*this);
}
std::vector<std::int64_t> NpyArray::as_integers() const {
  return convert<std::int64_t>(*this);
}

NpyArray NpyArray::of(const std::vector<float>& values, std::vector<std::int64_t> shape) {
  return from_values("f4", values, std::move(shape));
}
NpyArray NpyArray::of(const std::vector<double>& values, std::vector<std::int64_t> shape) {
  return from_values("f8", values, std::move(shape));
}
NpyArray NpyArray::of(const std::vector<std::int64_t>& values, std::vector<std::int64_t> shape) {
  return from_values("i8", values, std::move(shape));
}
NpyArray NpyArray::of(const std::vector<std::uint8_t>& values, std::vector<std::int64_t> shape) {
  return from_values("u1", values, std::move(shape));
}

NpyArray NpyArray::of(const std::string& text) {
  // UTF-8 to UTF-32: the leading byte's upper bits say how many bytes follow.
  std::vector<std::uint32_t> code_points;
  for (const unsigned char byte : text) {
    if ((byte & 0xC0) == 0x80 && !code_points.empty()) {
      code_points.back() = code_points.back() << 6 | (byte & 0x3F);
    } else {
      code_points.push_back(byte < 0x80   ? byte
                            : byte < 0xE0 ? byte & 0x1F
                            : byte < 0xF0 ? byte & 0x0F
                                          : byte & 0x07);
    }
  }
  NpyArray array{"U", {}, std::vector<std::uint8_t>(4 * code_points.size())};
  array.dtype += std::to_string(code_points.size());
  if (!code_points.empty()) std::memcpy(array.data.data(), code_points.data(), array.data.size());
  return array;
}

NpyArray read_npy(const std::filesystem::path& file) {
  std::vector<std::uint8_t> bytes = read_file(file);
  try {
    return parse_npy(std::move(bytes));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(file.string() + " " + error.what());
  }
}

void write_npy(const NpyArray& array, const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = npy_bytes(array, file.string());
  safe_write(file, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
  });
}

Npz read_npz(const std::filesystem::path& file, const std::set<std::string>& names) {
  const ZipReader archive(file);
  Npz arrays;
  for (const auto& entry : archive.entries()) {
    if (!entry.name.ends_with(".npy")) continue;
    const std::string name = entry.name.substr(0, entry.name.size() - 4);
    if (!names.empty() && !names.contains(name)) continue;
    std::vector<std::uint8_t> bytes = archive.read(entry.name);
    try {
      arrays[name] = parse_npy(std::move(bytes));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error("the array " + name + " in " + file.string() + " " + error.what());
    }
  }
  return arrays;
}

void write_npz(const Npz& arrays, const std::filesystem::path& file) {
  std::vector<ZipContent> content;
  for (const auto& [name, array] : arrays) content.push_back({name + ".npy", npy_bytes(array, name)});
  write_zip(file, content, {.level = 1});
}

}  // namespace ahap
