#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reconstruction/formats/pickle.h"

namespace ahap {

// What is wrong with a pickle; continues a sentence that begins with its name.
struct PickleFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void damaged_pickle();

// Python's pickle machine: a stack, a memo and a tape of one-byte operations. Its few callables are functions
// of plain values (pickle_objects.h); no name from the file is ever looked up elsewhere.
class PickleMachine {
 public:
  using Value = PickleValue;
  using Kind = PickleValue::Kind;
  using Items = std::vector<const Value*>;

  PickleMachine(Pickle& pickle, std::string_view tape) : pickle_(pickle), tape_(tape) {}

  const Value* run();

  // Every value and every reference to one counts, so that memory stays bounded whatever the tape repeats.
  void count(std::size_t values);
  Value& make(Kind kind);
  Value& make_text(std::string_view text);
  // What decoding makes may not outgrow what was read.
  Value& make_decoded(std::string text);
  Value& make_sequence(Kind kind, Items items);

 private:
  std::string_view take(std::uint64_t size);
  std::string_view take_line();
  template <typename T>
  T number();
  template <typename Size>
  std::string_view sized();

  Value& make_integer(std::int64_t integer);
  Value& make_real(double real);
  Value& boolean(bool truth);
  Value& decimal(std::string_view text);
  Value& long_integer(std::string_view bytes);

  void push(Value& value);
  Value* pop();
  Value& top();
  Items pop_to_mark();
  Items pop_items(int count);
  void remember(std::uint64_t key);
  void recall(std::uint64_t key);
  void append(const Items& items, std::array<Kind, 2> kinds);

  void execute(unsigned char operation);

  Pickle& pickle_;
  std::string_view tape_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;  // values and references made
  std::size_t decoded_ = 0;  // bytes made by decoding
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Value*> memo_;
};

}  // namespace ahap
