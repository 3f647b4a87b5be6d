// MCP speaks in two eras. Legacy (2025-11-25 and older) opens with `initialize`; modern
// (2026-07-28) names its version in each request's _meta and has no state. One request decides for
// itself. For .cpp files only.
#pragma once
#include <array>
#include <expected>
#include <string_view>

#include "server/protocol/message.h"

namespace pawl {

enum class Era : std::uint8_t { kLegacy, kModern };

inline constexpr std::string_view kModernVersion = "2026-07-28";
inline constexpr std::string_view kLegacyOffer = "2025-11-25";  // to whoever asks for another
inline constexpr std::array<std::string_view, 3> kLegacyVersions = {kLegacyOffer, "2025-06-18",
                                                                    "2025-03-26"};

// Refuses a modern request whose envelope is incomplete or whose version is not ours.
std::expected<Era, RpcError> era_of(const Message& message);

}  // namespace pawl
