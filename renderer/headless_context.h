#pragma once

#include <memory>

namespace ahap {

// An OpenGL 3.3 core context without any window or display (EGL), current on the constructing thread until
// destroyed. Throws when the machine has no EGL driver, with what to install.
class HeadlessContext {
 public:
  HeadlessContext();
  ~HeadlessContext();
  HeadlessContext(const HeadlessContext&) = delete;
  HeadlessContext& operator=(const HeadlessContext&) = delete;

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace ahap
