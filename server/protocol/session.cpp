#include "server/protocol/session.h"

#include "server/protocol/conversation.h"

namespace pawl {

Session::Session(const Backend& backend, Caller caller, Sink sink)
    : conversation_(std::make_unique<Conversation>(backend, std::move(caller), std::move(sink))) {}

Session::~Session() { finish(); }

void Session::receive(std::string_view line) { conversation_->receive(line); }

void Session::refuse_long_line(std::size_t bytes_max) {
  conversation_->refuse_long_line(bytes_max);
}

void Session::finish() { conversation_->finish(); }

}  // namespace pawl
