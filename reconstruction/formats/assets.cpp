#include "reconstruction/formats/assets.h"

#include <cstdlib>
#include <stdexcept>

namespace ahap {

namespace fs = std::filesystem;

fs::path data_directory() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place : {program / "../share/ahap-studio", program / "../.."})
    if (fs::is_directory(place / "assets", error)) return fs::weakly_canonical(place, error);
  throw std::runtime_error("The program's own files are missing: " +
                           (program / "../share/ahap-studio").lexically_normal().string() +
                           " is not there; install the program anew.");
}

fs::path asset_directory() {
  const char* directory = std::getenv("AHAP_ASSETS");
  return directory && *directory ? fs::path(directory) : data_directory() / "assets";
}

}  // namespace ahap
