#pragma once

namespace ahap {

// While it lives, OpenBLAS computes on the calling thread alone. Its own threads wait by spinning: where
// several threads call it at once, they take each other's cores (measured on two cores with other load: 2.1 s
// instead of 0.26 s).
class OneBlasThread {
 public:
  OneBlasThread();
  ~OneBlasThread();
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;

 private:
  int before_;
};

}  // namespace ahap
