#pragma once

namespace ahap {

// While one of these lives, nothing that the image and video libraries print reaches the person's terminal:
// what they find wrong with a file is said once, by us, in a sentence. They write to the process's stderr and
// offer no other switch. May live on several threads at once.
class QuietStderr {
 public:
  QuietStderr();
  ~QuietStderr();
  QuietStderr(const QuietStderr&) = delete;
  QuietStderr& operator=(const QuietStderr&) = delete;
};

}  // namespace ahap
