#include "renderer/graphics_driver.h"

#include <dlfcn.h>

#include <initializer_list>

namespace ahap {

void keep_graphics_driver_apart() {
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)  // AddressSanitizer refuses RTLD_DEEPBIND
  if (!dlsym(RTLD_DEFAULT, "LLVMInitializeX86Target") && !dlsym(RTLD_DEFAULT, "LLVMInitializeAArch64Target"))
    return;
  // Held until the program ends: GLVND, which opens them later by the same names, gets these.
  for (const char* driver : {"libEGL_mesa.so.0", "libGLX_mesa.so.0"})
    dlopen(driver, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
#endif
}

}  // namespace ahap
