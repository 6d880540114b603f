#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ahap {

// One numpy array as it lies in a .npy file, C order, little endian.
struct NpyArray {
  std::string dtype;  // numpy's, without byte order: b1, i1..i8, u1..u8, f2..f8, U<n> (UTF-32), S<n> (bytes)
  std::vector<std::int64_t> shape;  // empty for a scalar
  std::vector<std::uint8_t> data;

  std::int64_t size() const;
  // Any numeric dtype; a fraction is no integer (throws), u8 beyond 2^63 wraps.
  std::vector<float> as_floats() const;
  std::vector<double> as_doubles() const;
  std::vector<std::int64_t> as_integers() const;

  static NpyArray of(const std::vector<float>& values, std::vector<std::int64_t> shape);
  static NpyArray of(const std::vector<double>& values, std::vector<std::int64_t> shape);
  static NpyArray of(const std::vector<std::int64_t>& values, std::vector<std::int64_t> shape);
  static NpyArray of(const std::vector<std::uint8_t>& values, std::vector<std::int64_t> shape);
  static NpyArray of(const std::string& text);  // UTF-8, stored as 0-d unicode
};

// Elements as numpy has them in memory; `descr` is the dtype with its byte order ("<f8", "|u1"). The message
// of a failure continues "<name> ...".
NpyArray npy_from_elements(const std::string& descr, bool fortran_order, std::vector<std::int64_t> shape,
                           std::vector<std::uint8_t> elements);

using Npz = std::map<std::string, NpyArray>;

// Versions 1 to 3. Big-endian and Fortran-order arrays are converted; object arrays are refused. Failures
// name the file and the array.
NpyArray read_npy(const std::filesystem::path& file);
void write_npy(const NpyArray& array, const std::filesystem::path& file);
// Only the arrays of these names (those that are there), or all when there are no names: official SMPL files
// hold Python objects beside the arrays one wants.
Npz read_npz(const std::filesystem::path& file, const std::set<std::string>& names = {});
// A whole .npy file. `name`: of the array, for messages.
std::vector<std::uint8_t> npy_bytes(const NpyArray& array, const std::string& name);
void write_npz(const Npz& arrays, const std::filesystem::path& file);

}  // namespace ahap
