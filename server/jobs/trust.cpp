#include "server/jobs/trust.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>

namespace pawl {
namespace {

namespace fs = std::filesystem;

bool is_digest(const std::string& text) {
  return text.size() == 64 && std::ranges::all_of(text, [](unsigned char c) {
           return std::isdigit(c) != 0 || (c >= 'a' && c <= 'f');
         });
}

// Its owner can change a file, and the owner of its folder can put another one there.
bool could_replace(const fs::path& file) {
  struct stat found{};
  for (const fs::path& path : {file, file.parent_path()}) {
    if (stat(path.c_str(), &found) != 0 || found.st_uid == geteuid()) return true;
    if (access(path.c_str(), W_OK) == 0) return true;
  }
  return false;
}

bool is_closed(const fs::path& folder) {
  struct stat found{};
  return stat(folder.c_str(), &found) == 0 && found.st_uid == geteuid() &&
         (found.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

}  // namespace

std::string_view name_of(TrustMode mode) {
  return mode == TrustMode::kSeparate ? "separate" : "same-user";
}

Trust trust_of(TrustFacts facts) {
  if (facts.secret_digest.empty() || facts.digest_is_ours || !facts.state_is_closed) return {};
  return {.mode = TrustMode::kSeparate, .secret_digest = std::move(facts.secret_digest)};
}

Trust read_trust(const fs::path& config, const fs::path& state) {
  const fs::path file = config / kDigestFile;
  TrustFacts facts;
  std::ifstream(file) >> facts.secret_digest;
  if (!is_digest(facts.secret_digest)) facts.secret_digest.clear();
  facts.digest_is_ours = could_replace(file);
  facts.state_is_closed = is_closed(state);
  return trust_of(std::move(facts));
}

}  // namespace pawl
