#include "server/notify/http_post.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "server/core/money.h"

namespace pawl {
namespace {

struct EndCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, EndCurl>;
using HeaderList = std::unique_ptr<curl_slist, EndCurl>;

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// The library's own start is not safe with two threads at once.
void start_library() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

void set_up(CURL* curl, const std::string& url, const std::string& body, curl_slist* headers) {
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, long{Milliseconds(kPostTimeout).count()});
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
}

}  // namespace

Result<void> post_json(const std::string& url, const std::string& body) {
  start_library();
  const Handle curl(curl_easy_init());
  const HeaderList headers(curl_slist_append(nullptr, "Content-Type: application/json"));
  if (!curl || !headers) return fail(ErrorKind::kEngine, "libcurl has no memory");
  set_up(curl.get(), url, body, headers.get());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return fail(ErrorKind::kEngine, curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return {};
  return fail(ErrorKind::kEngine, "the other side answered " + std::to_string(status));
}

}  // namespace pawl
