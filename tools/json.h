// The only way in and out of JSON text. Forward declarations: files that only pass values along
// stay free of the library.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace pawl {

using Json = nlohmann::ordered_json;  // replies are read from the top, so order is meaning

inline constexpr int kJsonDepthMax = 64;

// Refuses what the library would accept or choke on: nesting beyond kJsonDepthMax (before parsing),
// duplicate keys (two readers may pick different ones), over 1,000 keys in an object, numbers that
// do not fit, invalid UTF-8.
Result<Json> parse_json(std::string_view text);

// One line; never throws: invalid UTF-8 becomes U+FFFD.
std::string to_text(const Json& json);

// "array", "string \"abc\"", "number 42": for messages about a value that does not fit.
std::string describe(const Json& json);

// The list or object that arrived as JSON text, as some clients send them; null when `json` is not
// such a text. Shared because whoever reads parts of it keeps it alive.
std::shared_ptr<const Json> unpack_array(const Json& json);
std::shared_ptr<const Json> unpack_object(const Json& json);

}  // namespace pawl
