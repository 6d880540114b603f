#include "reconstruction/formats/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <unordered_map>

#include "reconstruction/formats/mistaken_file.h"

namespace ahap {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMaxValues = 2'000'000;
constexpr int kDeepestNesting = 200;
constexpr std::int64_t kLargestDenseMatrix = 64'000'000;  // elements
// What OmegaConf keeps a configuration in, and what it notes about it.
constexpr const char* kConfiguration = "omegaconf";
constexpr const char* kConfigurationMetadata = "omegaconf.base";

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void append_utf8(std::string& text, std::uint32_t code) {
  if (code < 0x80) {
    text += char(code);
  } else if (code < 0x800) {
    text += {char(0xC0 | code >> 6), char(0x80 | (code & 63))};
  } else if (code < 0x10000) {
    text += {char(0xE0 | code >> 12), char(0x80 | (code >> 6 & 63)), char(0x80 | (code & 63))};
  } else {
    text += {char(0xF0 | (code >> 18 & 7)), char(0x80 | (code >> 12 & 63)), char(0x80 | (code >> 6 & 63)),
             char(0x80 | (code & 63))};
  }
}

// UTF-8 whose characters are all below 256 -> one byte each.
std::string latin1_from_utf8(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      bytes += char(c);
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
      bytes += char((c & 3) << 6 | (text[++i] & 63));
    } else {
      throw Failure("holds bytes that were not written as latin-1");
    }
  }
  return bytes;
}

std::uint32_t hexadecimal(std::string_view text, std::size_t at, std::size_t digits) {
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data() + std::min(at, text.size()),
                                            text.data() + std::min(at + digits, text.size()), code, 16);
  if (error != std::errc() || end != text.data() + at + digits) throw Failure("holds a damaged string");
  return code;
}

// The inside of a Python 2 string literal.
std::string unescape_bytes(std::string_view text) {
  static const std::map<char, char> simple = {{'n', '\n'},  {'t', '\t'}, {'r', '\r'}, {'\\', '\\'},
                                              {'\'', '\''}, {'"', '"'},  {'a', '\a'}, {'b', '\b'},
                                              {'f', '\f'},  {'v', '\v'}};
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    if (++i == text.size()) throw Failure("holds a damaged string");
    if (const auto found = simple.find(text[i]); found != simple.end()) {
      bytes += found->second;
    } else if (text[i] == 'x') {
      bytes += char(hexadecimal(text, i + 1, 2));
      i += 2;
    } else if (text[i] >= '0' && text[i] <= '7') {
      int code = 0, digits = 0;
      for (; digits < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++digits) {
        code = 8 * code + (text[i++] - '0');
      }
      --i;
      bytes += char(code);
    } else {
      bytes += {'\\', text[i]};
    }
  }
  return bytes;
}

// Python's raw-unicode-escape, as UTF-8.
std::string unescape_unicode(std::string_view text) {
  std::string utf8;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : 0;
    if (next == 'u' || next == 'U') {
      const std::size_t digits = next == 'u' ? 4 : 8;
      append_utf8(utf8, hexadecimal(text, i + 2, digits));
      i += 1 + digits;
    } else {
      append_utf8(utf8, static_cast<unsigned char>(text[i]));
    }
  }
  return utf8;
}

// One spelling for what Python 2, Python 3 and different numpy versions call differently.
std::string canonical_name(std::string_view module, std::string_view name) {
  static const std::map<std::string_view, std::string_view> renamed = {
      {"__builtin__", "builtins"},
      {"copy_reg", "copyreg"},
      {"pathlib._local", "pathlib"},
      {"numpy._core.multiarray", "numpy.core.multiarray"},
      {"numpy._core.numeric", "numpy.core.numeric"}};
  if (module.starts_with("scipy.sparse") && name.size() == 10 && name.starts_with("cs") &&
      name.ends_with("_matrix")) {
    module = "scipy.sparse";
  }
  const auto found = renamed.find(module);
  return std::string(found == renamed.end() ? module : found->second) + "." + std::string(name);
}

// Types that pickles name and that say nothing here.
constexpr std::array<std::string_view, 27> kInertTypes = {
    "typing.Any",        "builtins.int",          "builtins.long",
    "builtins.float",    "builtins.str",          "builtins.bool",
    "builtins.NoneType", "torch.DoubleStorage",   "torch.FloatStorage",
    "torch.HalfStorage", "torch.BFloat16Storage", "torch.LongStorage",
    "torch.IntStorage",  "torch.ShortStorage",    "torch.CharStorage",
    "torch.ByteStorage", "torch.BoolStorage",     "torch.float64",
    "torch.float32",     "torch.float16",         "torch.bfloat16",
    "torch.int64",       "torch.int32",           "torch.int16",
    "torch.int8",        "torch.uint8",           "torch.bool"};

std::vector<std::int64_t> integers(const PickleValue& sequence) {
  constexpr std::size_t most_axes = 32;
  std::vector<std::int64_t> values;
  if (sequence.kind != Kind::tuple && sequence.kind != Kind::list)
    throw Failure("holds an array without a shape");
  if (sequence.items.size() > most_axes) throw Failure("holds an array with an impossible shape");
  for (const PickleValue* item : sequence.items) {
    if (item->kind != Kind::integer) throw Failure("holds an array with an impossible shape");
    values.push_back(item->integer);
  }
  return values;
}

}  // namespace

// Python's pickle machine: a stack, a memo and a tape of one-byte operations. Its few callables are functions
// of plain values written here; no name from the file is ever looked up elsewhere.
class PickleMachine {
 public:
  PickleMachine(Pickle& pickle, std::string_view tape) : pickle_(pickle), tape_(tape) {}

  const PickleValue* run() {
    while (true) {
      const char operation = take(1)[0];
      if (operation == '.') break;
      execute(static_cast<unsigned char>(operation));
    }
    const PickleValue* root = pop();
    check_nesting(root);
    return root;
  }

 private:
  using Value = PickleValue;
  using Items = std::vector<const Value*>;

  // --- tape ---

  std::string_view take(std::uint64_t size) {
    if (size > tape_.size() - at_)
      throw Failure("ends in the middle of a value; it is cut off or not a pickle");
    const std::string_view bytes = tape_.substr(at_, size);
    at_ += size;
    return bytes;
  }
  std::string_view take_line() {
    const std::size_t end = tape_.find('\n', at_);
    if (end == std::string_view::npos) take(tape_.size() - at_ + 1);
    const std::string_view line = take(end - at_);
    take(1);
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
  }
  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <typename Size>
  std::string_view sized() {
    return take(std::uint64_t(number<Size>()));
  }

  // --- values, stack and memo ---

  // Every value and every reference to one counts, so that memory stays bounded whatever the tape repeats.
  void count(std::size_t values) {
    counted_ += values;
    if (counted_ > kMaxValues) throw Failure("holds more than two million values");
  }
  Value& make(Kind kind) {
    count(1);
    Value& value = pickle_.values_.emplace_back();
    value.kind = kind;
    return value;
  }
  Value& make_text(std::string_view text) {
    Value& value = make(Kind::text);
    value.text = text;
    return value;
  }
  // What decoding makes may not outgrow what was read.
  Value& make_decoded(std::string text) {
    decoded_ += text.size();
    if (decoded_ > 4 * tape_.size()) throw Failure("unpacks to far more than it holds");
    return make_text(pickle_.texts_.emplace_back(std::move(text)));
  }
  Value& make_integer(std::int64_t integer) {
    Value& value = make(Kind::integer);
    value.integer = integer;
    return value;
  }
  Value& make_real(double real) {
    Value& value = make(Kind::real);
    value.real = real;
    return value;
  }
  Value& make_sequence(Kind kind, Items items) {
    count(items.size());
    Value& value = make(kind);
    value.items = std::move(items);
    return value;
  }

  void push(Value& value) {
    if (stack_.size() >= kMaxValues) damaged();
    stack_.push_back(&value);
  }
  Value* pop() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged();
    Value* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  Value& top() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged();
    return *stack_.back();
  }
  Items pop_to_mark() {
    if (marks_.empty()) damaged();
    Items items(stack_.begin() + std::ptrdiff_t(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  Items pop_items(int count) {
    Items items(std::size_t(count), nullptr);
    for (int i = count; i-- > 0;) items[std::size_t(i)] = pop();
    return items;
  }
  void remember(std::uint64_t key) {
    if (memo_.size() >= kMaxValues) damaged();
    memo_[key] = &top();
  }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) damaged();
    push(*found->second);
  }
  [[noreturn]] static void damaged() { throw Failure("is damaged or not a pickle"); }

  // --- operations ---

  void execute(unsigned char operation) {
    switch (operation) {
      case 0x80:
        take(1);
        break;  // PROTO
      case 0x95:
        take(8);
        break;  // FRAME
      case '(':
        if (marks_.size() >= kMaxValues) damaged();
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
          damaged();
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
        push(global(module, take_line()));
        break;
      }
      case 0x93: {
        const Items names = pop_items(2);
        if (names[0]->kind != Kind::text || names[1]->kind != Kind::text) damaged();
        push(global(names[0]->text, names[1]->text));
        break;
      }
      case 'R':
      case 0x81: {
        const Items call_of = pop_items(2);
        push(call(*call_of[0], *call_of[1]));
        break;
      }
      case 0x92: {
        const Items call_of = pop_items(3);
        if (call_of[2]->kind != Kind::dict || !call_of[2]->items.empty()) {
          throw Failure("makes an object with keyword arguments, which is not plain data");
        }
        push(call(*call_of[0], *call_of[1]));
        break;
      }
      case 'o': {
        Items items = pop_to_mark();
        if (items.empty()) damaged();
        const Value& callable = *items.front();
        items.erase(items.begin());
        push(call(callable, make_sequence(Kind::tuple, std::move(items))));
        break;
      }
      case 'i': {
        const std::string_view module = take_line();
        const Value& callable = global(module, take_line());
        push(call(callable, make_sequence(Kind::tuple, pop_to_mark())));
        break;
      }
      case 'b': {
        const Value* state = pop();
        build(top(), *state);
        break;
      }
      case 'Q':
        push(storage(*pop()));
        break;
      default:
        damaged();
    }
  }

  Value& boolean(bool truth) {
    Value& value = make(Kind::boolean);
    value.integer = truth;
    return value;
  }
  Value& decimal(std::string_view text) {
    std::int64_t integer = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
    if (text.empty() || end != text.data() + text.size()) damaged();
    if (error == std::errc::result_out_of_range) return make_real(decimal_real(text));
    if (error != std::errc()) damaged();
    return make_integer(integer);
  }
  static double decimal_real(std::string_view text) {
    double real = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (error == std::errc::invalid_argument || end != text.data() + text.size()) damaged();
    return real;
  }
  // Little-endian two's complement of any length.
  Value& long_integer(std::string_view bytes) {
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

  static Items even(Items items) {
    if (items.size() % 2 != 0) damaged();
    return items;
  }
  void append(const Items& items, std::array<Kind, 2> kinds) {
    Value& container = top();
    if (container.kind != kinds[0] && container.kind != kinds[1]) damaged();
    count(items.size());
    container.items.insert(container.items.end(), items.begin(), items.end());
  }

  Value& global(std::string_view module, std::string_view name) {
    const std::string full = canonical_name(module, name);
    Value& value = make(Kind::name);
    if (const auto found = constructors().find(full); found != constructors().end()) {
      value.text = found->first;
    } else if (const auto type = std::find(kInertTypes.begin(), kInertTypes.end(), full);
               type != kInertTypes.end()) {
      value.text = *type;
    } else {
      throw Failure("holds a Python object (" + std::string(module) + "." + std::string(name) +
                    ") and not only numbers and texts; nothing was executed. Save the numbers alone where "
                    "the file comes "
                    "from (in PyTorch: torch.save(model.state_dict(), file))");
    }
    return value;
  }

  // --- the callables ---

  using Constructor = std::function<Value&(PickleMachine&, const Items&)>;

  Value& call(const Value& callable, const Value& arguments) {
    if (callable.kind != Kind::name || arguments.kind != Kind::tuple) damaged();
    const auto found = constructors().find(std::string(callable.text));
    if (found == constructors().end())
      throw Failure("calls " + std::string(callable.text) + ", which is no function");
    return found->second(*this, arguments.items);
  }

  static const Value& argument(const Items& arguments, std::size_t index, Kind kind) {
    if (index >= arguments.size() || arguments[index]->kind != kind) damaged();
    return *arguments[index];
  }

  static const std::map<std::string, Constructor>& constructors() {
    const auto container = [](Kind kind) {
      return [kind](PickleMachine& machine, const Items& arguments) -> Value& {
        return machine.make_sequence(kind, arguments.empty() ? Items{} : arguments[0]->items);
      };
    };
    // An object whose content comes with BUILD.
    const auto empty = [](Kind kind, const char* dtype = "") {
      return [kind, dtype](PickleMachine& machine, const Items&) -> Value& {
        Value& value = machine.make(kind);
        value.dtype = dtype;
        return value;
      };
    };
    const auto bytes = [](PickleMachine& machine, const Items& arguments) -> Value& {
      if (arguments.empty()) return machine.make(Kind::text);
      const std::string_view text = argument(arguments, 0, Kind::text).text;
      return arguments.size() > 1 ? machine.make_decoded(latin1_from_utf8(text)) : machine.make_text(text);
    };
    static const std::map<std::string, Constructor> table = {
        {"builtins.set", container(Kind::set)},
        {"builtins.frozenset", container(Kind::set)},
        {"builtins.list", container(Kind::list)},
        {"builtins.tuple", container(Kind::tuple)},
        {"builtins.dict", empty(Kind::dict)},
        {"builtins.object", empty(Kind::none)},
        {"builtins.bytes", bytes},
        {"builtins.bytearray", bytes},
        {"_codecs.encode", bytes},
        {"torch.Size", container(Kind::tuple)},
        {"torch.device", container(Kind::tuple)},
        {"collections.OrderedDict", ordered_dict},
        {"collections.defaultdict", empty(Kind::dict)},
        {"argparse.Namespace", empty(Kind::dict, "argparse.Namespace")},
        {"copyreg._reconstructor", reconstructor},
        {"pathlib.Path", file_path},
        {"pathlib.PosixPath", file_path},
        {"pathlib.WindowsPath", file_path},
        {"pathlib.PurePosixPath", file_path},
        {"pathlib.PureWindowsPath", file_path},
        {"chumpy.ch.Ch", empty(Kind::none, "chumpy.ch.Ch")},
        {"omegaconf.dictconfig.DictConfig", empty(Kind::dict, kConfiguration)},
        {"omegaconf.listconfig.ListConfig", empty(Kind::list, kConfiguration)},
        {"omegaconf.nodes.AnyNode", empty(Kind::none, kConfiguration)},
        {"omegaconf.nodes.StringNode", empty(Kind::none, kConfiguration)},
        {"omegaconf.nodes.IntegerNode", empty(Kind::none, kConfiguration)},
        {"omegaconf.nodes.FloatNode", empty(Kind::none, kConfiguration)},
        {"omegaconf.nodes.BooleanNode", empty(Kind::none, kConfiguration)},
        {"omegaconf.base.ContainerMetadata", empty(Kind::none, kConfigurationMetadata)},
        {"omegaconf.base.Metadata", empty(Kind::none, kConfigurationMetadata)},
        {"scipy.sparse.csc_matrix", empty(Kind::sparse_matrix, "csc")},
        {"scipy.sparse.csr_matrix", empty(Kind::sparse_matrix, "csr")},
        {"numpy.ndarray", empty(Kind::array)},
        {"numpy.dtype", element_type},
        {"numpy.core.multiarray._reconstruct", empty(Kind::array)},
        {"numpy.core.multiarray.scalar", numpy_scalar},
        {"numpy.core.numeric._frombuffer", numpy_from_buffer},
        {"torch._utils._rebuild_tensor", tensor},
        {"torch._utils._rebuild_tensor_v2", tensor},
        {"torch._utils._rebuild_parameter", parameter},
    };
    return table;
  }

  // OrderedDict(), or Python 2's OrderedDict([[key, value], ...])
  static Value& ordered_dict(PickleMachine& machine, const Items& arguments) {
    Value& dict = machine.make(Kind::dict);
    if (arguments.empty()) return dict;
    for (const Value* pair : arguments[0]->items) {
      if (pair->items.size() != 2) damaged();
      machine.count(2);
      dict.items.insert(dict.items.end(), pair->items.begin(), pair->items.end());
    }
    return dict;
  }

  // pathlib.PosixPath('/', 'data', 'x.npz')
  static Value& file_path(PickleMachine& machine, const Items& arguments) {
    std::filesystem::path path;
    for (const Value* part : arguments) {
      if (part->kind != Kind::text) damaged();
      path /= std::string(part->text);
    }
    return machine.make_decoded(path.string());
  }

  // Protocol 0 and 1: an instance of the class that is the first argument.
  static Value& reconstructor(PickleMachine& machine, const Items& arguments) {
    return machine.call(argument(arguments, 0, Kind::name), machine.make(Kind::tuple));
  }

  // numpy.dtype('f8', align, copy); the byte order comes with BUILD.
  static Value& element_type(PickleMachine& machine, const Items& arguments) {
    Value& type = machine.make(Kind::name);
    type.text = "numpy.dtype";
    type.dtype = "|" + std::string(argument(arguments, 0, Kind::text).text);
    return type;
  }
  static const std::string& descr_of(const Value& type) {
    if (type.kind != Kind::name || type.dtype.size() < 2) damaged();
    return type.dtype;
  }

  static Value& numpy_scalar(PickleMachine& machine, const Items& arguments) {
    const std::string& descr = descr_of(argument(arguments, 0, Kind::name));
    const std::string_view bytes = argument(arguments, 1, Kind::text).text;
    if (descr[1] == 'S' || descr[1] == 'U') return machine.make_text(bytes);
    Value& array = machine.make(Kind::array);
    array.dtype = descr;
    array.text = bytes;
    return array;
  }

  static Value& numpy_from_buffer(PickleMachine& machine, const Items& arguments) {
    Value& array = machine.make(Kind::array);
    array.text = argument(arguments, 0, Kind::text).text;
    array.dtype = descr_of(argument(arguments, 1, Kind::name));
    array.shape = integers(argument(arguments, 2, Kind::tuple));
    array.fortran_order = argument(arguments, 3, Kind::text).text == "F";
    return array;
  }

  // ('storage', torch.FloatStorage, key, device, number of elements)
  Value& storage(const Value& id) {
    if (id.kind != Kind::tuple || id.items.size() < 5 ||
        argument(id.items, 0, Kind::text).text != "storage") {
      throw Failure("refers to data outside the pickle");
    }
    Value& value = make(Kind::storage);
    value.dtype = argument(id.items, 1, Kind::name).text;
    value.text = argument(id.items, 2, Kind::text).text;
    value.integer = argument(id.items, 4, Kind::integer).integer;
    return value;
  }

  // (storage, offset, size, stride, ...)
  static Value& tensor(PickleMachine& machine, const Items& arguments) {
    Value& value = machine.make(Kind::tensor);
    value.items = {&argument(arguments, 0, Kind::storage)};
    value.integer = argument(arguments, 1, Kind::integer).integer;
    value.shape = integers(argument(arguments, 2, Kind::tuple));
    value.strides = integers(argument(arguments, 3, Kind::tuple));
    return value;
  }
  static Value& parameter(PickleMachine& machine, const Items& arguments) {
    Value& value = machine.make(Kind::tensor);
    value = argument(arguments, 0, Kind::tensor);
    return value;
  }

  // --- BUILD: the state of an object made before ---

  void build(Value& object, const Value& state) {
    if (object.kind == Kind::array) return build_array(object, state);
    if (object.kind == Kind::name && object.text == "numpy.dtype") {
      const std::string_view order = argument(state.items, 1, Kind::text).text;
      if (order != "=")
        object.dtype.replace(0, 1, order);
      else
        object.dtype[0] = '<';
      return;
    }
    if (state.kind != Kind::dict) damaged();
    if (object.kind == Kind::none && object.dtype == "chumpy.ch.Ch") {
      const Value* x = state.find("x");
      if (!x) throw Failure("holds a chumpy expression instead of an array");
      count(x->items.size());
      object = Value(*x);
    } else if (object.dtype == kConfiguration) {
      build_configuration(object, state);
    } else if (object.kind == Kind::sparse_matrix) {
      build_sparse(object, state);
    } else if (object.kind == Kind::dict && object.dtype == "argparse.Namespace") {
      count(state.items.size());
      object.items.insert(object.items.end(), state.items.begin(), state.items.end());
    } else if (object.kind != Kind::dict && object.dtype != kConfigurationMetadata) {
      damaged();  // attributes of a dictionary, such as a state_dict's _metadata, say nothing
    }
  }

  // (version, shape, dtype, is_fortran, bytes), without the version in the oldest files; objects come as a
  // list.
  void build_array(Value& array, const Value& state) {
    if (state.kind != Kind::tuple || state.items.size() < 4) damaged();
    const Items items(state.items.end() - 4, state.items.end());
    array.shape = integers(*items[0]);
    array.dtype = descr_of(argument(items, 1, Kind::name));
    array.fortran_order = items[2]->integer != 0;
    if (array.dtype[1] == 'O') {
      array.kind = Kind::list;
      array.items = argument(items, 3, Kind::list).items;
      count(array.items.size());
    } else {
      array.text = argument(items, 3, Kind::text).text;
    }
  }

  // OmegaConf's containers keep their content, its nodes their value; their parents would close a circle.
  void build_configuration(Value& object, const Value& state) {
    const Value* content = state.find(object.kind == Kind::none ? "_val" : "_content");
    if (!content) damaged();
    count(content->items.size());
    if (object.kind == Kind::none)
      object = Value(*content);
    else if (object.kind == content->kind)  // else a reference to another place, or missing
      object.items = content->items;
  }

  void build_sparse(Value& matrix, const Value& state) {
    const Value* shape = state.find("_shape") ? state.find("_shape") : state.find("shape");
    if (!shape) throw Failure("holds a sparse matrix without a shape");
    matrix.shape = integers(*shape);
    for (const char* name : {"data", "indices", "indptr"}) {
      const Value* part = state.find(name);
      if (!part) throw Failure(std::string("holds a sparse matrix without its ") + name);
      count(1);
      matrix.items.push_back(part);
    }
  }

  // Values may be shared but not contain themselves, and may not be nested deeper than those who walk through
  // them recursively can bear. Depth first without recursion; a finished value's height is kept.
  static void check_nesting(const Value* root) {
    constexpr int unfinished = -1;
    std::unordered_map<const Value*, int> height;
    std::vector<std::pair<const Value*, std::size_t>> path = {{root, 0}};
    height[root] = unfinished;
    while (!path.empty()) {
      auto& [value, next] = path.back();
      if (next < value->items.size()) {
        const Value* item = value->items[next++];
        const auto [found, is_new] = height.emplace(item, unfinished);
        if (is_new) {
          path.emplace_back(item, 0);
        } else if (found->second == unfinished) {
          throw Failure("holds a value that contains itself");
        }
        continue;
      }
      int deepest = 0;
      for (const Value* item : value->items) deepest = std::max(deepest, 1 + height[item]);
      if (deepest > kDeepestNesting) {
        throw Failure("is nested more than " + std::to_string(kDeepestNesting) + " levels deep");
      }
      height[value] = deepest;
      path.pop_back();
    }
  }

  Pickle& pickle_;
  std::string_view tape_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;  // values and references made
  std::size_t decoded_ = 0;  // bytes made by decoding
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Value*> memo_;
};

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
  } catch (const Failure& failure) {
    throw std::runtime_error(name + " " + failure.what());
  }
}

}  // namespace ahap
