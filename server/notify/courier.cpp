#include "server/notify/courier.h"

#include <spdlog/spdlog.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "server/core/text.h"
#include "server/notify/http_post.h"

namespace pawl {
namespace {

constexpr std::chrono::seconds kLookEvery{5};
constexpr std::int32_t kNotesAtOnce = 20;
constexpr std::array kPauses = {std::chrono::minutes(1), std::chrono::minutes(5),
                                std::chrono::minutes(30)};
constexpr std::string_view kVariable = "env:";

}  // namespace

std::optional<Milliseconds> pause_after(std::int32_t tries) {
  if (tries >= kTriesMax) return std::nullopt;
  return kPauses.at(std::min(static_cast<std::size_t>(std::max(tries, 1)), kPauses.size()) - 1);
}

std::string body_of(const Note& note) {
  const nlohmann::json json = {{"event", note.kind},
                               {"at", format_utc(note.at)},
                               {"subject", note.subject},
                               {"text", note.text}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string resolve_address(const std::string& url,
                            const std::function<const char*(const char*)>& variable) {
  if (!url.starts_with(kVariable)) return url;
  const char* const value = variable(url.c_str() + kVariable.size());
  return value == nullptr ? "" : value;
}

void Courier::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Courier::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;  // only the stop wakes it before its time
  while (!stop.stop_requested()) {
    if (const auto done = deliver_due(); !done)
      spdlog::warn("could not read the outbox: {}", done.error().message);
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kLookEvery, [] { return false; });
  }
}

Result<void> Courier::deliver_due() {
  const std::string url = address_();
  if (url.empty()) return {};
  TRY(const auto notes,
      store_.read([&](Reader& reader) { return due_notes(reader, clock_.now(), kNotesAtOnce); }));
  for (const Note& note : notes) {
    TRY(const bool sent, deliver(url, note));
    if (!sent) return {};  // the others would most likely fail alike: they wait for the next pass
  }
  return {};
}

// A crash between the delivery and its row sends the note once more.
Result<bool> Courier::deliver(const std::string& url, const Note& note) {
  const auto sent = post_json(url, body_of(note));
  std::optional<Timestamp> next;
  if (!sent) {
    spdlog::warn("note {} ({}), try {}: {}", note.id.value, note.kind, note.tries + 1,
                 sent.error().message);
    if (const auto pause = pause_after(note.tries + 1)) next = clock_.now() + *pause;
  }
  CHECK_OK(store_.write([&](Transaction& transaction) {
    return sent ? mark_sent(transaction, note.id) : mark_failed(transaction, note.id, next);
  }));
  return sent.has_value();
}

}  // namespace pawl
