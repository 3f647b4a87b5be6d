#include "server/jobs/network_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pawl {
namespace {

constexpr std::array<std::string_view, 26> kPassed = {
    "http_proxy",       "https_proxy",     "all_proxy",           "no_proxy",
    "HTTP_PROXY",       "HTTPS_PROXY",     "ALL_PROXY",           "NO_PROXY",
    "SSL_CERT_FILE",    "SSL_CERT_DIR",    "REQUESTS_CA_BUNDLE",  "CURL_CA_BUNDLE",
    "UV_INDEX",         "UV_INDEX_URL",    "UV_EXTRA_INDEX_URL",  "UV_DEFAULT_INDEX",
    "UV_FIND_LINKS",    "UV_HTTP_TIMEOUT", "UV_NATIVE_TLS",       "UV_PYTHON_INSTALL_MIRROR",
    "PIP_INDEX_URL",    "PIP_CERT",        "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS",
    "PIP_TRUSTED_HOST", "PIP_PROXY"};

}  // namespace

std::vector<std::string> network_environment(const char* const* variables) {
  std::vector<std::string> passed;
  for (; *variables != nullptr; ++variables) {
    const std::string_view entry = *variables;
    const std::string_view name = entry.substr(0, entry.find('='));
    if (std::ranges::find(kPassed, name) != kPassed.end()) passed.emplace_back(entry);
  }
  std::ranges::sort(passed);
  return passed;
}

}  // namespace pawl
