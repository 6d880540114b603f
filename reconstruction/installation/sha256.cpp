#include "reconstruction/installation/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace ahap {

struct Sha256::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(digest); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (!context_->digest || EVP_DigestInit_ex(context_->digest, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("This system's OpenSSL cannot compute SHA-256 sums.");
}

Sha256::~Sha256() = default;

void Sha256::add(const void* bytes, std::size_t count) {
  EVP_DigestUpdate(context_->digest, bytes, count);
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> sum{};
  EVP_DigestFinal_ex(context_->digest, sum.data(), nullptr);
  std::string text;
  for (const unsigned char byte : sum) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string sha256_of_file(const std::filesystem::path& file, const std::string& stage,
                           const Progress& progress) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + " cannot be read.");
  std::error_code unknown;
  const std::uintmax_t size = std::filesystem::file_size(file, unknown);
  Sha256 sum;
  std::vector<char> block(std::size_t(1) << 20);
  for (double done = 0; in; done += double(in.gcount())) {
    step(progress, stage, unknown || size == 0 ? 0 : done / double(size));
    in.read(block.data(), std::streamsize(block.size()));
    sum.add(block.data(), std::size_t(in.gcount()));
  }
  if (in.bad()) throw std::runtime_error(file.string() + " cannot be read to its end.");
  return sum.hex();
}

}  // namespace ahap
