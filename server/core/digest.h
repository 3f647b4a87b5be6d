// SHA-256, and random bytes for names that must not be guessed.
#pragma once
#include <string>
#include <string_view>

namespace pawl {

std::string sha256_hex(std::string_view bytes);  // 64 lower-case hex digits

// From the operating system; they stop the process if it cannot.
std::string random_bytes(std::size_t count);
std::string random_hex(std::size_t bytes);

}  // namespace pawl
