// One JSON document to one address, by libcurl.
#pragma once
#include <string>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace pawl {

inline constexpr std::chrono::seconds kPostTimeout{10};  // of the whole exchange

// 2xx is success. Anything else is kEngine with a text that names neither the address nor what came
// back: addresses are secrets. http and https only; a redirect is not followed.
Result<void> post_json(const std::string& url, const std::string& body);

}  // namespace pawl
