// SHA-256, and random bytes for names that must not be guessed.
#pragma once
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace pawl {

std::string sha256_hex(std::string_view bytes);            // 64 lower-case hex digits
bool same_digest(std::string_view a, std::string_view b);  // takes as long whether equal or not
// The same of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  std::string hex();  // once, at the end

 private:
  evp_md_ctx_st* context_;  // ours
};

// From the operating system; they stop the process if it cannot.
std::string random_bytes(std::size_t count);
std::string random_hex(std::size_t bytes);

}  // namespace pawl
