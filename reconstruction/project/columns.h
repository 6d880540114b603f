#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "reconstruction/formats/npz.h"
#include "reconstruction/project/damaged_result.h"

namespace ahap {

// Numbers of many rows (bodies, detections, frames) as arrays: a column is one number, or as many in every
// row, or a list. A function that is called with a ColumnWriter to write and a ColumnReader to read describes
// a table once:
//
//   columns.value("score", [](auto& detection) -> auto& { return detection.score; });
//   columns.list("joints2d", [](auto& detection) -> auto& { return detection.joints2d; });
//
// A value is the array TABLE.NAME (rows, numbers), or (rows) where it is one number. A list is TABLE.NAME
// (elements of all rows, numbers) with TABLE.NAME.size (rows). Matrices are column by column. A later_value
// is a value that files of earlier programs do not have; then the rows keep what they hold.

// What a value consists of: so many numbers of one type, without gaps.
template <typename T>
struct Numbers {
  using Type = T;
  static constexpr std::int64_t count = 1;
};
template <typename T, int rows, int columns, int options>
struct Numbers<Eigen::Matrix<T, rows, columns, options, rows, columns>> {
  using Type = T;
  static constexpr std::int64_t count = rows * columns;
};
template <typename T, std::size_t size>
struct Numbers<std::array<T, size>> {
  using Type = typename Numbers<T>::Type;
  static constexpr std::int64_t count = std::int64_t(size) * Numbers<T>::count;
};

template <typename T>
constexpr const char* dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return "b1";
  if constexpr (std::is_same_v<T, std::uint8_t>) return "u1";
  if constexpr (std::is_same_v<T, std::uint16_t>) return "u2";
  if constexpr (std::is_same_v<T, std::int32_t>) return "i4";
  if constexpr (std::is_same_v<T, std::int64_t>) return "i8";
  if constexpr (std::is_same_v<T, float>) return "f4";
  if constexpr (std::is_same_v<T, double>) return "f8";
}

template <typename T>
std::vector<std::int64_t> column_shape(std::int64_t rows) {
  if (Numbers<T>::count == 1) return {rows};
  return {rows, Numbers<T>::count};
}

template <typename T>
constexpr std::size_t bytes_per_value() {
  static_assert(sizeof(T) == sizeof(typename Numbers<T>::Type) * std::size_t(Numbers<T>::count));
  return sizeof(T);
}

template <typename Row>
class ColumnWriter {
 public:
  ColumnWriter(Npz& arrays, std::string table, std::vector<const Row*> rows)
      : arrays_(arrays), table_(std::move(table)), rows_(std::move(rows)) {}

  template <typename Get>
  void value(const char* name, Get get) {
    using T = std::remove_cvref_t<decltype(get(*rows_.front()))>;
    constexpr std::size_t size = bytes_per_value<T>();
    NpyArray& array = make<T>(name, std::int64_t(rows_.size()));
    array.data.resize(rows_.size() * size);
    for (std::size_t i = 0; i < rows_.size(); ++i) std::memcpy(&array.data[i * size], &get(*rows_[i]), size);
  }
  template <typename Get>
  void later_value(const char* name, Get get) {
    value(name, get);
  }
  template <typename Get>
  void list(const char* name, Get get) {
    using T = typename std::remove_cvref_t<decltype(get(*rows_.front()))>::value_type;
    std::vector<std::int64_t> sizes;
    std::int64_t total = 0;
    for (const Row* row : rows_) total += sizes.emplace_back(std::int64_t(get(*row).size()));
    NpyArray& array = make<T>(name, total);
    array.data.reserve(std::size_t(total) * bytes_per_value<T>());
    for (const Row* row : rows_) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(get(*row).data());
      array.data.insert(array.data.end(), bytes, bytes + get(*row).size() * bytes_per_value<T>());
    }
    const std::int64_t rows = std::int64_t(sizes.size());
    arrays_[table_ + "." + name + ".size"] = NpyArray::of(sizes, {rows});
  }

 private:
  template <typename T>
  NpyArray& make(const char* name, std::int64_t rows) {
    NpyArray& array = arrays_[table_ + "." + name];
    array.dtype = dtype_of<typename Numbers<T>::Type>();
    array.shape = column_shape<T>(rows);
    return array;
  }

  Npz& arrays_;
  std::string table_;
  std::vector<const Row*> rows_;
};

// Throws DamagedResult where an array is missing or is not what the rows need; the sentence begins with
// the array's name.
template <typename Row>
class ColumnReader {
 public:
  ColumnReader(const Npz& arrays, std::string table, std::vector<Row*> rows)
      : arrays_(arrays), table_(std::move(table)), rows_(std::move(rows)) {}

  template <typename Get>
  void value(const char* name, Get get) {
    using T = std::remove_cvref_t<decltype(get(*rows_.front()))>;
    constexpr std::size_t size = bytes_per_value<T>();
    const NpyArray& array = take<T>(name, std::int64_t(rows_.size()));
    for (std::size_t i = 0; i < rows_.size(); ++i)
      std::memcpy(static_cast<void*>(&get(*rows_[i])), &array.data[i * size], size);
  }
  template <typename Get>
  void later_value(const char* name, Get get) {
    if (arrays_.contains(table_ + "." + name)) value(name, get);
  }
  template <typename Get>
  void list(const char* name, Get get) {
    using T = typename std::remove_cvref_t<decltype(get(*rows_.front()))>::value_type;
    const std::string sizes_name = std::string(name) + ".size";
    const NpyArray& sizes = take<std::int64_t>(sizes_name.c_str(), std::int64_t(rows_.size()));
    const NpyArray& array = find(name);
    const std::int64_t total = array.shape.empty() ? -1 : array.shape.front();
    take<T>(name, total);
    std::int64_t at = 0;
    std::size_t row = 0;
    for (const std::int64_t count : sizes.as_integers()) {
      if (count < 0 || count > total - at) fail(sizes_name, "does not fit the length of its list");
      auto& into = get(*rows_[row++]);
      into.resize(std::size_t(count));
      if (count > 0)
        std::memcpy(static_cast<void*>(into.data()), &array.data[std::size_t(at) * bytes_per_value<T>()],
                    std::size_t(count) * bytes_per_value<T>());
      at += count;
    }
    if (at != total) fail(sizes_name, "does not fit the length of its list");
  }

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& why) const {
    throw DamagedResult("the array " + table_ + "." + name + " " + why);
  }
  const NpyArray& find(const std::string& name) const {
    const auto found = arrays_.find(table_ + "." + name);
    if (found == arrays_.end()) fail(name, "is missing");
    return found->second;
  }
  template <typename T>
  const NpyArray& take(const char* name, std::int64_t rows) const {
    using Type = typename Numbers<T>::Type;
    const NpyArray& array = find(name);
    if (array.dtype != dtype_of<Type>() || array.shape != column_shape<T>(rows))
      fail(name, "is not of the type or size that its table needs");
    if constexpr (std::is_same_v<Type, bool>) {
      for (const std::uint8_t value : array.data)
        if (value > 1) fail(name, "holds something else than true and false");
    }
    return array;
  }

  const Npz& arrays_;
  std::string table_;
  std::vector<Row*> rows_;
};

// Of each element of a list its address, as rows of a table.
template <typename Row>
std::vector<const Row*> rows_of(const std::vector<Row>& elements) {
  std::vector<const Row*> rows;
  for (const Row& element : elements) rows.push_back(&element);
  return rows;
}
template <typename Row>
std::vector<Row*> rows_of(std::vector<Row>& elements) {
  std::vector<Row*> rows;
  for (Row& element : elements) rows.push_back(&element);
  return rows;
}

// How many rows a table has, by one of its columns. Throws like ColumnReader.
std::size_t row_count(const Npz& arrays, const std::string& column);

}  // namespace ahap
