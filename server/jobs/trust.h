// How far a limit reaches. In separate mode the server has a user of its own and an agent's shell
// can neither open its files nor approve anything: a cap is a cap. In same-user mode a cap binds
// only what goes through pawl.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace pawl {

enum class TrustMode : std::uint8_t { kSameUser, kSeparate };
std::string_view name_of(TrustMode mode);  // "same-user", "separate"

struct Trust {
  TrustMode mode = TrustMode::kSameUser;
  // SHA-256 of the approval secret. The server never holds the secret: it is 32 random bytes, so
  // the digest tells nothing and anybody may read it.
  std::string secret_digest{};
};

// What decides it.
struct TrustFacts {
  std::string secret_digest;     // what stands beside the policies; empty: nothing that is one
  bool digest_is_ours = false;   // our own user could replace it
  bool state_is_closed = false;  // nobody but our user gets into the state folder
};
Trust trust_of(TrustFacts facts);

// Beside the policies: the secret is for root's eyes, its digest for everybody's.
inline constexpr std::string_view kSecretFile = "approval-secret";
inline constexpr std::string_view kDigestFile = "approval.sha256";

Trust read_trust(const std::filesystem::path& config, const std::filesystem::path& state);

}  // namespace pawl
