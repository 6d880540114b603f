#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/gui/compared_methods.h"
#include "app/gui/model_installer.h"

namespace ahap {

// The window that compares methods, as it is set.
struct MethodDesk {
  bool open = false;
  std::optional<std::set<std::string>> chosen;  // names; nothing: as it is proposed
  bool lists_refused = false;                   // also methods that cannot run here
};

// A method that somebody may think of.
struct MethodOffer {
  Method method;
  std::string refusal;    // why it cannot run here, one sentence; empty: it can
  bool proposed = false;  // to be compared, before somebody has chosen
};

// All that the program knows, the one that is in use first, those that cannot run on so many views of one
// frame last. `in_use`: as in LoadOptions::model.
std::vector<MethodOffer> method_offers(const ModelInstaller& models, const std::string& in_use, int views);
// Those that are ticked and can run.
std::vector<Method> chosen_methods(const MethodDesk& desk, const std::vector<MethodOffer>& offers);

}  // namespace ahap
