// One client's conversation: JSON-RPC 2.0 and MCP in both eras, message by message.
//
// Thread safety: receive(), refuse_long_line() and finish() are called by one thread. Tool calls
// run beside one another; `sink` is called from any thread, but never by two at once.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/core/clock.h"
#include "server/jobs/service.h"
#include "server/protocol/workers.h"

namespace pawl {

// What every session shares; all of it outlives them.
struct Backend {
  Service& service;
  const Clock& clock;
  Workers& workers;
  std::string version;  // of the server, as clients are told
};

class Conversation;

class Session {
 public:
  using Sink = std::function<void(std::string_view line)>;  // one message with its newline

  // `caller` names the principal; the notification `pawl/hello` {directory, agent, client}, as the
  // first message, adds the rest. `client` "cli" opens the operator's calls.
  Session(const Backend& backend, Caller caller, Sink sink);
  ~Session();  // asks every call to stop and waits for it
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // One message without its newline. Answers by the sink, now or later.
  void receive(std::string_view line);

  // The transport's refusal of a message that it did not read to the end.
  void refuse_long_line(std::size_t bytes_max);

  // No more messages come: waits end early and are answered; returns when all is answered.
  void finish();

 private:
  std::unique_ptr<Conversation> conversation_;
};

}  // namespace pawl
