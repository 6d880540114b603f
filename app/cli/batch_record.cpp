#include "app/cli/batch_record.h"

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kAbout =
    "AHAP Studio: the options of `ahap batch` that the results here were made with";

using ByName = std::map<std::string, std::string>;

ByName read_record(const fs::path& file) {
  try {
    std::ifstream in = open_input_file(file);
    const Json json = parse_json<Json>(in);
    if (json.at("about") != kAbout) throw std::invalid_argument("about");
    return json.at("options").get<ByName>();
  } catch (const std::exception&) {
    throw std::runtime_error(file.string() +
                             " is in the way: it is not what a batch writes; move it away or choose another "
                             "output folder");
  }
}

std::string text_of_option(const ByName& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? "not given" : readable(found->second);
}

}  // namespace

void record_batch(const fs::path& output, const BatchOptions& options, bool again) {
  const fs::path file = output / kBatchRecordName;
  ByName now;
  for (const auto& [name, text] : options) now[name] = lossless_utf8(text);
  std::error_code error;
  if (fs::exists(fs::symlink_status(file, error))) {
    const ByName before = read_record(file);
    if (before == now) return;
    ByName all = now;
    all.insert(before.begin(), before.end());
    for (const auto& [name, text] : all) {
      const std::string then = text_of_option(before, name), wanted = text_of_option(now, name);
      if (again || then == wanted) continue;
      throw std::runtime_error("the results in " + output.string() + " were made with other options (" +
                               name + ": " + then + ", now " + wanted +
                               "); choose another output folder, or make all of them anew with --again");
    }
  }
  safe_write(file, [&](std::ostream& out) {
    out << Json{{"about", kAbout}, {"options", now}}.dump(1) << '\n';
  });
}

}  // namespace ahap
