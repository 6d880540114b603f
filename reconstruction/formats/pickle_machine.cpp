#include "reconstruction/formats/pickle_machine.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "reconstruction/formats/pickle_objects.h"
#include "reconstruction/formats/python_text.h"

namespace ahap {
namespace {

constexpr std::size_t kMaxValues = 2'000'000;

double decimal_real(std::string_view text) {
  double real = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) damaged_pickle();
  return real;
}

PickleMachine::Items even(PickleMachine::Items items) {
  if (items.size() % 2 != 0) damaged_pickle();
  return items;
}

}  // namespace

void damaged_pickle() {
  throw PickleFailure("is damaged or not a pickle");
}

const PickleValue* PickleMachine::run() {
  while (true) {
    const char operation = take(1)[0];
    if (operation == '.') break;
    execute(static_cast<unsigned char>(operation));
  }
  return pop();
}

std::string_view PickleMachine::take(std::uint64_t size) {
  if (size > tape_.size() - at_)
    throw PickleFailure("ends in the middle of a value; it is cut off or not a pickle");
  const std::string_view bytes = tape_.substr(at_, size);
  at_ += size;
  return bytes;
}

std::string_view PickleMachine::take_line() {
  const std::size_t end = tape_.find('\n', at_);
  if (end == std::string_view::npos) take(tape_.size() - at_ + 1);
  const std::string_view line = take(end - at_);
  take(1);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

template <typename T>
T PickleMachine::number() {
  T value;
  std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
  return value;
}

template <typename Size>
std::string_view PickleMachine::sized() {
  return take(std::uint64_t(number<Size>()));
}

void PickleMachine::count(std::size_t values) {
  counted_ += values;
  if (counted_ > kMaxValues) throw PickleFailure("holds more than two million values");
}

PickleValue& PickleMachine::make(Kind kind) {
  count(1);
  Value& value = pickle_.values_.emplace_back();
  value.kind = kind;
  return value;
}

PickleValue& PickleMachine::make_text(std::string_view text) {
  Value& value = make(Kind::text);
  value.text = text;
  return value;
}

PickleValue& PickleMachine::make_decoded(std::string text) {
  decoded_ += text.size();
  if (decoded_ > 4 * tape_.size()) throw PickleFailure("unpacks to far more than it holds");
  return make_text(pickle_.texts_.emplace_back(std::move(text)));
}

PickleValue& PickleMachine::make_integer(std::int64_t integer) {
  Value& value = make(Kind::integer);
  value.integer = integer;
  return value;
}

PickleValue& PickleMachine::make_real(double real) {
  Value& value = make(Kind::real);
  value.real = real;
  return value;
}

PickleValue& PickleMachine::make_sequence(Kind kind, Items items) {
  count(items.size());
  Value& value = make(kind);
  value.items = std::move(items);
  return value;
}

PickleValue& PickleMachine::boolean(bool truth) {
  Value& value = make(Kind::boolean);
  value.integer = truth;
  return value;
}

PickleValue& PickleMachine::decimal(std::string_view text) {
  std::int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (text.empty() || end != text.data() + text.size()) damaged_pickle();
  if (error == std::errc::result_out_of_range) return make_real(decimal_real(text));
  if (error != std::errc()) damaged_pickle();
  return make_integer(integer);
}

// Little-endian two's complement of any length.
PickleValue& PickleMachine::long_integer(std::string_view bytes) {
  if (bytes.size() <= 8) {
    std::uint64_t bits = !bytes.empty() && (bytes.back() & 0x80) ? ~std::uint64_t(0) : 0;
    if (!bytes.empty()) std::memcpy(&bits, bytes.data(), bytes.size());
    return make_integer(std::int64_t(bits));
  }
  double real = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    const bool is_sign = i + 1 == bytes.size();
    real = 256 * real +
           (is_sign ? double(static_cast<signed char>(bytes[i])) : static_cast<unsigned char>(bytes[i]));
  }
  return make_real(real);
}

void PickleMachine::push(Value& value) {
  if (stack_.size() >= kMaxValues) damaged_pickle();
  stack_.push_back(&value);
}

PickleValue* PickleMachine::pop() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged_pickle();
  Value* value = stack_.back();
  stack_.pop_back();
  return value;
}

PickleValue& PickleMachine::top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged_pickle();
  return *stack_.back();
}

PickleMachine::Items PickleMachine::pop_to_mark() {
  if (marks_.empty()) damaged_pickle();
  Items items(stack_.begin() + std::ptrdiff_t(marks_.back()), stack_.end());
  stack_.resize(marks_.back());
  marks_.pop_back();
  return items;
}

PickleMachine::Items PickleMachine::pop_items(int count) {
  Items items(std::size_t(count), nullptr);
  for (int i = count; i-- > 0;) items[std::size_t(i)] = pop();
  return items;
}

void PickleMachine::remember(std::uint64_t key) {
  if (memo_.size() >= kMaxValues) damaged_pickle();
  memo_[key] = &top();
}

void PickleMachine::recall(std::uint64_t key) {
  const auto found = memo_.find(key);
  if (found == memo_.end()) damaged_pickle();
  push(*found->second);
}

void PickleMachine::append(const Items& items, std::array<Kind, 2> kinds) {
  Value& container = top();
  if (container.kind != kinds[0] && container.kind != kinds[1]) damaged_pickle();
  count(items.size());
  container.items.insert(container.items.end(), items.begin(), items.end());
}

void PickleMachine::execute(unsigned char operation) {
  switch (operation) {
    case 0x80:
      take(1);
      break;  // PROTO
    case 0x95:
      take(8);
      break;  // FRAME
    case '(':
      if (marks_.size() >= kMaxValues) damaged_pickle();
      marks_.push_back(stack_.size());
      break;
    case '0':
      pop();
      break;
    case '1':
      pop_to_mark();
      break;
    case '2':
      push(top());
      break;

    case 'N':
      push(make(Kind::none));
      break;
    case 0x88:
    case 0x89:
      push(boolean(operation == 0x88));
      break;
    case 'I': {
      const std::string_view line = take_line();
      push(line == "00" || line == "01" ? boolean(line == "01") : decimal(line));
      break;
    }
    case 'L': {
      const std::string_view line = take_line();
      push(decimal(line.ends_with('L') ? line.substr(0, line.size() - 1) : line));
      break;
    }
    case 'J':
      push(make_integer(number<std::int32_t>()));
      break;
    case 'K':
      push(make_integer(number<std::uint8_t>()));
      break;
    case 'M':
      push(make_integer(number<std::uint16_t>()));
      break;
    case 0x8a:
      push(long_integer(sized<std::uint8_t>()));
      break;
    case 0x8b:
      push(long_integer(sized<std::uint32_t>()));
      break;
    case 'F':
      push(make_real(decimal_real(take_line())));
      break;
    case 'G': {
      const std::string_view big_endian = take(8);
      std::array<char, 8> bytes;
      std::reverse_copy(big_endian.begin(), big_endian.end(), bytes.begin());
      push(make_real(std::bit_cast<double>(bytes)));
      break;
    }

    case 'S': {
      const std::string_view line = take_line();
      if (line.size() < 2 || line.front() != line.back() || (line.front() != '\'' && line.front() != '"'))
        damaged_pickle();
      push(make_decoded(unescape_bytes(line.substr(1, line.size() - 2))));
      break;
    }
    case 'V':
      push(make_decoded(unescape_unicode(take_line())));
      break;
    case 'T':
    case 'X':
    case 'B':
      push(make_text(sized<std::uint32_t>()));
      break;
    case 'U':
    case 'C':
    case 0x8c:
      push(make_text(sized<std::uint8_t>()));
      break;
    case 0x8d:
    case 0x8e:
    case 0x96:
      push(make_text(sized<std::uint64_t>()));
      break;

    case ']':
      push(make(Kind::list));
      break;
    case '}':
      push(make(Kind::dict));
      break;
    case ')':
      push(make(Kind::tuple));
      break;
    case 0x8f:
      push(make(Kind::set));
      break;
    case 'l':
      push(make_sequence(Kind::list, pop_to_mark()));
      break;
    case 't':
      push(make_sequence(Kind::tuple, pop_to_mark()));
      break;
    case 0x91:
      push(make_sequence(Kind::set, pop_to_mark()));
      break;
    case 0x85:
    case 0x86:
    case 0x87:
      push(make_sequence(Kind::tuple, pop_items(operation - 0x84)));
      break;
    case 'd':
      push(make_sequence(Kind::dict, even(pop_to_mark())));
      break;
    case 'a':
      append(pop_items(1), {Kind::list, Kind::set});
      break;
    case 'e':
      append(pop_to_mark(), {Kind::list, Kind::set});
      break;
    case 0x90:
      append(pop_to_mark(), {Kind::set, Kind::list});
      break;
    case 's':
      append(pop_items(2), {Kind::dict, Kind::dict});
      break;
    case 'u':
      append(even(pop_to_mark()), {Kind::dict, Kind::dict});
      break;

    case 'p':
      remember(std::uint64_t(decimal(take_line()).integer));
      break;
    case 'q':
      remember(number<std::uint8_t>());
      break;
    case 'r':
      remember(number<std::uint32_t>());
      break;
    case 0x94:
      remember(memo_.size());
      break;
    case 'g':
      recall(std::uint64_t(decimal(take_line()).integer));
      break;
    case 'h':
      recall(number<std::uint8_t>());
      break;
    case 'j':
      recall(number<std::uint32_t>());
      break;

    case 'c': {
      const std::string_view module = take_line();
      push(named_object(*this, module, take_line()));
      break;
    }
    case 0x93: {
      const Items names = pop_items(2);
      if (names[0]->kind != Kind::text || names[1]->kind != Kind::text) damaged_pickle();
      push(named_object(*this, names[0]->text, names[1]->text));
      break;
    }
    case 'R':
    case 0x81: {
      const Items call_of = pop_items(2);
      push(construct(*this, *call_of[0], *call_of[1]));
      break;
    }
    case 0x92: {
      const Items call_of = pop_items(3);
      if (call_of[2]->kind != Kind::dict || !call_of[2]->items.empty()) {
        throw PickleFailure("makes an object with keyword arguments, which is not plain data");
      }
      push(construct(*this, *call_of[0], *call_of[1]));
      break;
    }
    case 'o': {
      Items items = pop_to_mark();
      if (items.empty()) damaged_pickle();
      const Value& callable = *items.front();
      items.erase(items.begin());
      push(construct(*this, callable, make_sequence(Kind::tuple, std::move(items))));
      break;
    }
    case 'i': {
      const std::string_view module = take_line();
      const Value& callable = named_object(*this, module, take_line());
      push(construct(*this, callable, make_sequence(Kind::tuple, pop_to_mark())));
      break;
    }
    case 'b': {
      const Value* state = pop();
      build_object(*this, top(), *state);
      break;
    }
    case 'Q':
      push(storage_of(*this, *pop()));
      break;
    default:
      damaged_pickle();
  }
}

}  // namespace ahap
