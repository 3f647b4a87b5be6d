// Base64 of RFC 4648: the alphabet for names in URLs and headers, and reading the standard one.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pawl {

std::string base64url(std::string_view bytes);  // without padding

// Nothing when it is not base64 in whole groups of four, padded.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace pawl
