// What a session does with each message. For .cpp files only.
#pragma once
#include <mutex>
#include <string>
#include <string_view>

#include "server/protocol/calls.h"
#include "server/protocol/session.h"
#include "server/protocol/tool_call.h"

namespace pawl {

class Conversation {
 public:
  Conversation(const Backend& backend, Caller caller, Session::Sink sink);

  void receive(std::string_view line);
  void refuse_long_line(std::size_t bytes_max);
  void finish();

 private:
  void notified(const Message& message);
  void greet(const Json& params);
  void requested(Message message);
  void call_tool(const std::vector<Tool>& tools, Message message, Era era);
  void start(ToolCall call);
  void run(const ToolCall& call);
  void answer(const ToolCall& call, const Rendered& rendered);
  void send(std::string_view line);

  Backend backend_;
  Caller caller_;             // fixed once the first request came
  bool greeted_ = false;      // a first message was seen
  bool is_operator_ = false;  // the command line: may use the operator's calls
  std::mutex sink_mutex_;
  Session::Sink sink_;
  Calls calls_;
};

}  // namespace pawl
