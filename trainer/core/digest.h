// XXH64: tells whether bytes are the ones that were written. Not against an adversary.
// Source: the xxHash specification, version 0.1.1 (Yann Collet).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trainer {

std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t seed = 0);
std::uint64_t digest(std::string_view text);

std::string hex(std::uint64_t digest);  // 16 digits

}  // namespace trainer
