#pragma once

namespace ahap {

// To be called before any file is opened. A standard stream that is closed would give its number to the first
// file, which would then receive what is printed. A pipe whose reader has gone becomes an error of the write.
void guard_standard_streams();

// Throws a sentence unless everything that was printed on standard output has arrived there.
void require_printed();

}  // namespace ahap
