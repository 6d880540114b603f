#include "reconstruction/formats/pickle.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "reconstruction/formats/mistaken_file.h"
#include "reconstruction/formats/pickle_machine.h"

namespace ahap {
namespace {

using Kind = PickleValue::Kind;

constexpr int kDeepestNesting = 200;
constexpr std::int64_t kLargestDenseMatrix = 64'000'000;  // elements

// Values may be shared but not contain themselves, and may not be nested deeper than those who walk through
// them recursively can bear. Depth first without recursion; a finished value's height is kept.
void check_nesting(const PickleValue* root) {
  constexpr int unfinished = -1;
  std::unordered_map<const PickleValue*, int> height;
  std::vector<std::pair<const PickleValue*, std::size_t>> path = {{root, 0}};
  height[root] = unfinished;
  while (!path.empty()) {
    auto& [value, next] = path.back();
    if (next < value->items.size()) {
      const PickleValue* item = value->items[next++];
      const auto [found, is_new] = height.emplace(item, unfinished);
      if (is_new) {
        path.emplace_back(item, 0);
      } else if (found->second == unfinished) {
        throw PickleFailure("holds a value that contains itself");
      }
      continue;
    }
    int deepest = 0;
    for (const PickleValue* item : value->items) deepest = std::max(deepest, 1 + height[item]);
    if (deepest > kDeepestNesting) {
      throw PickleFailure("is nested more than " + std::to_string(kDeepestNesting) + " levels deep");
    }
    height[value] = deepest;
    path.pop_back();
  }
}

}  // namespace

const PickleValue* PickleValue::find(std::string_view key) const {
  if (kind != Kind::dict) return nullptr;
  for (std::size_t i = items.size(); i >= 2; i -= 2) {  // what was set last counts
    if (items[i - 2]->kind == Kind::text && items[i - 2]->text == key) return items[i - 1];
  }
  return nullptr;
}

NpyArray PickleValue::as_array() const {
  switch (kind) {
    case Kind::boolean:
    case Kind::integer:
      return NpyArray::of(std::vector<std::int64_t>{integer}, {});
    case Kind::real:
      return NpyArray::of(std::vector<double>{real}, {});
    case Kind::array:
      return npy_from_elements(dtype, fortran_order, shape, {text.begin(), text.end()});
    case Kind::sparse_matrix:
      break;
    default:
      throw std::runtime_error("is not an array");
  }
  if (items.size() != 3 || shape.size() != 2) throw std::runtime_error("is a damaged sparse matrix");
  const std::vector<double> values = items[0]->as_array().as_doubles();
  const std::vector<std::int64_t> indices = items[1]->as_array().as_integers();
  const std::vector<std::int64_t> starts = items[2]->as_array().as_integers();
  const std::int64_t rows = shape[0], columns = shape[1], outer = dtype == "csc" ? columns : rows;
  if (rows < 0 || columns < 0 || (columns > 0 && rows > kLargestDenseMatrix / columns)) {
    throw std::runtime_error("is a sparse matrix of " + std::to_string(rows) + " x " +
                             std::to_string(columns) + ", which is more than expected");
  }
  if (std::int64_t(starts.size()) != outer + 1 || indices.size() != values.size() || starts.front() != 0 ||
      starts.back() != std::int64_t(values.size()) || !std::is_sorted(starts.begin(), starts.end())) {
    throw std::runtime_error("is a damaged sparse matrix");
  }
  std::vector<double> dense(std::size_t(rows * columns), 0.0);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = starts[std::size_t(o)]; i < starts[std::size_t(o) + 1]; ++i) {
      const std::int64_t inner = indices[std::size_t(i)];
      if (inner < 0 || inner >= (dtype == "csc" ? rows : columns))
        throw std::runtime_error("is a damaged sparse matrix");
      const std::int64_t at = dtype == "csc" ? inner * columns + o : o * columns + inner;
      dense[std::size_t(at)] += values[std::size_t(i)];  // repeated entries add up, as in scipy
    }
  }
  return NpyArray::of(dense, {rows, columns});
}

Pickle::Pickle(const std::filesystem::path& file) : file_(std::make_unique<MappedFile>(file)) {
  require_not_mistaken(file);
  parse(file_->bytes(), file.string());
}

Pickle::Pickle(std::span<const std::byte> bytes, const std::string& name) {
  parse(bytes, name);
}

void Pickle::parse(std::span<const std::byte> bytes, const std::string& name) {
  try {
    root_ = PickleMachine(*this, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}).run();
    check_nesting(root_);
  } catch (const PickleFailure& failure) {
    throw std::runtime_error(name + " " + failure.what());
  }
}

}  // namespace ahap
