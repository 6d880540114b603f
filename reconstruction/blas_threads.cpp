#include "reconstruction/blas_threads.h"

extern "C" {  // OpenBLAS
int openblas_get_num_threads(void);
void openblas_set_num_threads(int threads);
}

namespace ahap {

OneBlasThread::OneBlasThread() : before_(openblas_get_num_threads()) {
  openblas_set_num_threads(1);
}

OneBlasThread::~OneBlasThread() {
  openblas_set_num_threads(before_);
}

}  // namespace ahap
