#include "reconstruction/formats/pickle_objects.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>

#include "reconstruction/formats/python_text.h"

namespace ahap {
namespace {

using Value = PickleValue;
using Kind = PickleValue::Kind;
using Items = PickleMachine::Items;
using Constructor = std::function<Value&(PickleMachine&, const Items&)>;

// What OmegaConf keeps a configuration in, and what it notes about it.
constexpr const char* kConfiguration = "omegaconf";
constexpr const char* kConfigurationMetadata = "omegaconf.base";

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

std::vector<std::int64_t> shape_of(const PickleValue& sequence) {
  constexpr std::size_t most_axes = 32;
  std::vector<std::int64_t> values;
  if (sequence.kind != Kind::tuple && sequence.kind != Kind::list)
    throw PickleFailure("holds an array without a shape");
  if (sequence.items.size() > most_axes) throw PickleFailure("holds an array with an impossible shape");
  for (const PickleValue* item : sequence.items) {
    if (item->kind != Kind::integer) throw PickleFailure("holds an array with an impossible shape");
    values.push_back(item->integer);
  }
  return values;
}

const Value& argument(const Items& arguments, std::size_t index, Kind kind) {
  if (index >= arguments.size() || arguments[index]->kind != kind) damaged_pickle();
  return *arguments[index];
}

// OrderedDict(), or Python 2's OrderedDict([[key, value], ...])
Value& ordered_dict(PickleMachine& machine, const Items& arguments) {
  Value& dict = machine.make(Kind::dict);
  if (arguments.empty()) return dict;
  for (const Value* pair : arguments[0]->items) {
    if (pair->items.size() != 2) damaged_pickle();
    machine.count(2);
    dict.items.insert(dict.items.end(), pair->items.begin(), pair->items.end());
  }
  return dict;
}

// pathlib.PosixPath('/', 'data', 'x.npz')
Value& file_path(PickleMachine& machine, const Items& arguments) {
  std::filesystem::path path;
  for (const Value* part : arguments) {
    if (part->kind != Kind::text) damaged_pickle();
    path /= std::string(part->text);
  }
  return machine.make_decoded(path.string());
}

// Protocol 0 and 1: an instance of the class that is the first argument.
Value& reconstructor(PickleMachine& machine, const Items& arguments) {
  return construct(machine, argument(arguments, 0, Kind::name), machine.make(Kind::tuple));
}

// numpy.dtype('f8', align, copy); the byte order comes with BUILD.
Value& element_type(PickleMachine& machine, const Items& arguments) {
  Value& type = machine.make(Kind::name);
  type.text = "numpy.dtype";
  type.dtype.append("|").append(argument(arguments, 0, Kind::text).text);
  return type;
}

const std::string& descr_of(const Value& type) {
  if (type.kind != Kind::name || type.dtype.size() < 2) damaged_pickle();
  return type.dtype;
}

Value& numpy_scalar(PickleMachine& machine, const Items& arguments) {
  const std::string& descr = descr_of(argument(arguments, 0, Kind::name));
  const std::string_view bytes = argument(arguments, 1, Kind::text).text;
  if (descr[1] == 'S' || descr[1] == 'U') return machine.make_text(bytes);
  Value& array = machine.make(Kind::array);
  array.dtype = descr;
  array.text = bytes;
  return array;
}

Value& numpy_from_buffer(PickleMachine& machine, const Items& arguments) {
  Value& array = machine.make(Kind::array);
  array.text = argument(arguments, 0, Kind::text).text;
  array.dtype = descr_of(argument(arguments, 1, Kind::name));
  array.shape = shape_of(argument(arguments, 2, Kind::tuple));
  array.fortran_order = argument(arguments, 3, Kind::text).text == "F";
  return array;
}

// (storage, offset, size, stride, ...)
Value& tensor(PickleMachine& machine, const Items& arguments) {
  Value& value = machine.make(Kind::tensor);
  value.items = {&argument(arguments, 0, Kind::storage)};
  value.integer = argument(arguments, 1, Kind::integer).integer;
  value.shape = shape_of(argument(arguments, 2, Kind::tuple));
  value.strides = shape_of(argument(arguments, 3, Kind::tuple));
  return value;
}

Value& parameter(PickleMachine& machine, const Items& arguments) {
  Value& value = machine.make(Kind::tensor);
  value = argument(arguments, 0, Kind::tensor);
  return value;
}

const std::map<std::string, Constructor>& constructors() {
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

// (version, shape, dtype, is_fortran, bytes), without the version in the oldest files; objects come as a
// list.
void build_array(PickleMachine& machine, Value& array, const Value& state) {
  if (state.kind != Kind::tuple || state.items.size() < 4) damaged_pickle();
  const Items items(state.items.end() - 4, state.items.end());
  array.shape = shape_of(*items[0]);
  array.dtype = descr_of(argument(items, 1, Kind::name));
  array.fortran_order = items[2]->integer != 0;
  if (array.dtype[1] == 'O') {
    array.kind = Kind::list;
    array.items = argument(items, 3, Kind::list).items;
    machine.count(array.items.size());
  } else {
    array.text = argument(items, 3, Kind::text).text;
  }
}

// OmegaConf's containers keep their content, its nodes their value; their parents would close a circle.
void build_configuration(PickleMachine& machine, Value& object, const Value& state) {
  const Value* content = state.find(object.kind == Kind::none ? "_val" : "_content");
  if (!content) damaged_pickle();
  machine.count(content->items.size());
  if (object.kind == Kind::none)
    object = Value(*content);
  else if (object.kind == content->kind)  // else a reference to another place, or missing
    object.items = content->items;
}

void build_sparse(PickleMachine& machine, Value& matrix, const Value& state) {
  const Value* shape = state.find("_shape") ? state.find("_shape") : state.find("shape");
  if (!shape) throw PickleFailure("holds a sparse matrix without a shape");
  matrix.shape = shape_of(*shape);
  for (const char* name : {"data", "indices", "indptr"}) {
    const Value* part = state.find(name);
    if (!part) throw PickleFailure(std::string("holds a sparse matrix without its ") + name);
    machine.count(1);
    matrix.items.push_back(part);
  }
}

}  // namespace

PickleValue& named_object(PickleMachine& machine, std::string_view module, std::string_view name) {
  const std::string full = canonical_name(module, name);
  Value& value = machine.make(Kind::name);
  if (const auto found = constructors().find(full); found != constructors().end()) {
    value.text = found->first;
  } else if (const auto type = std::find(kInertTypes.begin(), kInertTypes.end(), full);
             type != kInertTypes.end()) {
    value.text = *type;
  } else {
    throw PickleFailure(
        "holds a Python object (" + std::string(module) + "." + std::string(name) +
        ") and not only numbers and texts; nothing was executed. Save the numbers alone where "
        "the file comes "
        "from (in PyTorch: torch.save(model.state_dict(), file))");
  }
  return value;
}

PickleValue& construct(PickleMachine& machine, const PickleValue& callable, const PickleValue& arguments) {
  if (callable.kind != Kind::name || arguments.kind != Kind::tuple) damaged_pickle();
  const auto found = constructors().find(std::string(callable.text));
  if (found == constructors().end())
    throw PickleFailure("calls " + std::string(callable.text) + ", which is no function");
  return found->second(machine, arguments.items);
}

void build_object(PickleMachine& machine, PickleValue& object, const PickleValue& state) {
  if (object.kind == Kind::array) return build_array(machine, object, state);
  if (object.kind == Kind::name && object.text == "numpy.dtype") {
    const std::string_view order = argument(state.items, 1, Kind::text).text;
    if (order != "=")
      object.dtype.replace(0, 1, order);
    else
      object.dtype[0] = '<';
    return;
  }
  if (state.kind != Kind::dict) damaged_pickle();
  if (object.kind == Kind::none && object.dtype == "chumpy.ch.Ch") {
    const Value* x = state.find("x");
    if (!x) throw PickleFailure("holds a chumpy expression instead of an array");
    machine.count(x->items.size());
    object = Value(*x);
  } else if (object.dtype == kConfiguration) {
    build_configuration(machine, object, state);
  } else if (object.kind == Kind::sparse_matrix) {
    build_sparse(machine, object, state);
  } else if (object.kind == Kind::dict && object.dtype == "argparse.Namespace") {
    machine.count(state.items.size());
    object.items.insert(object.items.end(), state.items.begin(), state.items.end());
  } else if (object.kind != Kind::dict && object.dtype != kConfigurationMetadata) {
    damaged_pickle();  // attributes of a dictionary, such as a state_dict's _metadata, say nothing
  }
}

PickleValue& storage_of(PickleMachine& machine, const PickleValue& id) {
  if (id.kind != Kind::tuple || id.items.size() < 5 || argument(id.items, 0, Kind::text).text != "storage") {
    throw PickleFailure("refers to data outside the pickle");
  }
  Value& value = machine.make(Kind::storage);
  value.dtype = argument(id.items, 1, Kind::name).text;
  value.text = argument(id.items, 2, Kind::text).text;
  value.integer = argument(id.items, 4, Kind::integer).integer;
  return value;
}

}  // namespace ahap
