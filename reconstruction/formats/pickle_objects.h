#pragma once

#include <string_view>

#include "reconstruction/formats/pickle_machine.h"

namespace ahap {

// The objects of numpy, scipy, torch, chumpy, OmegaConf and Python's library that a pickle of plain data may
// name, as plain values. Everything else is refused by name; all throw PickleFailure.

// A class or function by its name; never called unless construct() has something of its own under that name.
PickleValue& named_object(PickleMachine& machine, std::string_view module, std::string_view name);

// callable(*arguments)
PickleValue& construct(PickleMachine& machine, const PickleValue& callable, const PickleValue& arguments);

// BUILD: the state of an object made before.
void build_object(PickleMachine& machine, PickleValue& object, const PickleValue& state);

// ('storage', torch.FloatStorage, key, device, number of elements)
PickleValue& storage_of(PickleMachine& machine, const PickleValue& id);

}  // namespace ahap
