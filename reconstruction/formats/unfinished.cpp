#include "reconstruction/formats/unfinished.h"

#include <map>
#include <utility>

namespace ahap {
namespace {

namespace fs = std::filesystem;

struct Registry {
  std::mutex mutex;
  std::map<int, std::pair<fs::path, Unfinished::Removal>> paths;  // in the order of their making
  int next = 0;
  std::mutex exchange;
};

// Never destroyed: threads may still write while the process ends.
Registry& registry() {
  static Registry& only = *new Registry;
  return only;
}

}  // namespace

Unfinished::Unfinished(fs::path path, Removal removal) {
  const std::scoped_lock lock(registry().mutex);
  number_ = registry().next++;
  registry().paths[number_] = {fs::absolute(std::move(path)), removal};
}

Unfinished::~Unfinished() {
  const std::scoped_lock lock(registry().mutex);
  registry().paths.erase(number_);
}

std::unique_lock<std::mutex> not_to_be_ended() {
  return std::unique_lock(registry().exchange);
}

void remove_unfinished() {
  registry().exchange.lock();
  registry().mutex.lock();
  const auto& paths = registry().paths;
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
    const auto& [place, removal] = path->second;
    std::error_code ignored;
    if (removal == Unfinished::Removal::only_if_empty)
      fs::remove(place, ignored);
    else
      fs::remove_all(place, ignored);
  }
}

}  // namespace ahap
