#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/formats/npz.h"

namespace ahap {

// One value of a Python pickle. Owned by its Pickle.
struct PickleValue {
  enum class Kind {
    none,
    boolean,        // integer
    integer,        // integer; beyond 64 bits a real
    real,           // real
    text,           // text: the UTF-8 of a str, the bytes of a Python 2 str, bytes or bytearray
    list,           // items
    tuple,          // items
    set,            // items
    dict,           // items: key, value, key, value, ...; also OrderedDict, argparse.Namespace, OmegaConf
    array,          // numpy: dtype with byte order ("<f8"), shape, fortran_order, text (its bytes); chumpy is
                    // unwrapped
    sparse_matrix,  // scipy: dtype "csc" or "csr", shape, items: data, indices, indptr
    storage,        // torch: dtype ("torch.FloatStorage"), text (its key), integer (number of elements)
    tensor,         // torch: items: the storage; integer (offset), shape, strides, all in elements
    name,           // text: a class or element type, named but never used
  };
  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
  std::string dtype;
  std::vector<std::int64_t> shape, strides;
  bool fortran_order = false;
  std::vector<const PickleValue*> items;

  // The value under a text key of a dict, null without one.
  const PickleValue* find(std::string_view key) const;
  // A numpy array or number as it is, a sparse matrix dense (f8). The message of a failure continues "<name>
  // ...".
  NpyArray as_array() const;
};

// A pickle (protocols 0 to 5) read as plain values. Nothing is executed: whatever is not plain data is
// refused by name. Refused as well: values that contain themselves, nesting beyond 200 levels, more than two
// million values or references.
class Pickle {
 public:
  // Failures name the file.
  explicit Pickle(const std::filesystem::path& file);
  // `bytes` must outlive the Pickle; `name` stands in messages.
  Pickle(std::span<const std::byte> bytes, const std::string& name);

  const PickleValue& root() const { return *root_; }

 private:
  friend class PickleMachine;
  void parse(std::span<const std::byte> bytes, const std::string& name);

  std::unique_ptr<MappedFile> file_;
  std::deque<PickleValue> values_;
  std::deque<std::string> texts_;  // what had to be decoded; other texts lie in the pickle's bytes
  const PickleValue* root_ = nullptr;
};

}  // namespace ahap
