// Base64 (RFC 4648, section 4), with padding and without line breaks.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace trainer {

std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);  // nullopt: not base64

}  // namespace trainer
