#pragma once

#include <filesystem>
#include <mutex>

namespace ahap {

// Something on the disk that must not outlive this process: a half-written file, a staging folder, a lock.
// Its owner removes it in every ordinary end; remove_unfinished() does where there is no time for one.
class Unfinished {
 public:
  enum class Removal { with_content, only_if_empty };

  explicit Unfinished(std::filesystem::path path, Removal removal = Removal::with_content);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

 private:
  int number_;
};

// While this is held, remove_unfinished() waits: for the short moments in which files change places.
std::unique_lock<std::mutex> not_to_be_ended();

// Removes everything unfinished, the newest first, and keeps every other thread from starting to exchange
// files. Only to be followed by the end of the process.
void remove_unfinished();

}  // namespace ahap
