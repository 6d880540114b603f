#include "reconstruction/formats/assets.h"

#include <cstdlib>

namespace ahap {

std::filesystem::path asset_directory() {
  const char* directory = std::getenv("AHAP_ASSETS");
  return directory && *directory ? directory : AHAP_ASSET_DIR;
}

}  // namespace ahap
