#include "server/core/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <span>

namespace pawl {
namespace {

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    std::abort();
  return hex(std::span(digest).first(size));
}

std::string random_bytes(std::size_t count) {
  std::string buffer(count, '\0');
  auto* const data = reinterpret_cast<unsigned char*>(buffer.data());
  if (RAND_bytes(data, static_cast<int>(count)) != 1) std::abort();
  return buffer;
}

std::string random_hex(std::size_t bytes) {
  const std::string random = random_bytes(bytes);
  return hex(std::span(reinterpret_cast<const unsigned char*>(random.data()), bytes));
}

}  // namespace pawl
