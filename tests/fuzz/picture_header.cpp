#include <cstdlib>
#include <stdexcept>

#include "reconstruction/capture/picture.h"

// The sentences of this reader lack the file's name, which its callers add.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const ahap::PictureHeader header = ahap::read_picture_header({data, size});
    if (header.width <= 0 || header.height <= 0 || header.orientation < 1 || header.orientation > 8)
      std::abort();
    ahap::require_usable(header);
  } catch (const std::runtime_error&) {
  }
  return 0;
}
