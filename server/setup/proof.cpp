#include "server/setup/proof.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "server/runner/process.h"
#include "server/transport/channel.h"
#include "tools/json.h"

namespace pawl {
namespace {

constexpr int kAnswerSeconds = 30;
constexpr std::chrono::seconds kEndLimit{5};

// Specification of 2025-06-18, "Lifecycle" and "Tools".
constexpr std::string_view kHandshake =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",)"
    R"("capabilities":{},"clientInfo":{"name":"pawl-setup","version":"1"}}})"
    "\n"
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
    "\n";
constexpr std::string_view kCall =
    R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"briefing","arguments":{}}})"
    "\n";

Result<std::array<Descriptor, 2>> make_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(ErrorKind::kEngine, std::string("could not make sockets: ") + std::strerror(errno));
  const timeval limit{.tv_sec = kAnswerSeconds, .tv_usec = 0};
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return std::array{Descriptor(ends[0]), Descriptor(ends[1])};
}

// Our summary, or what the server said against it.
Result<std::string> read_answer(const Json& message) {
  if (message.contains("error"))
    return fail(ErrorKind::kEngine, "the server answered " + to_text(message["error"]));
  const Json& result = message["result"];
  const auto text = Json::json_pointer("/content/0/text");
  const auto summary = Json::json_pointer("/structuredContent/summary");
  if (result.value("isError", false) && result.contains(text))
    return fail(ErrorKind::kNotFound, result[text].get<std::string>());
  if (!result.contains(summary))
    return fail(ErrorKind::kEngine, "the reply has no summary: " + to_text(result));
  return result[summary].get<std::string>();
}

Result<std::string> converse(const Channel& channel) {
  CHECK_OK(channel.send(kHandshake));
  CHECK_OK(channel.send(kCall));
  for (;;) {
    TRY(const std::string line, channel.receive());
    TRY(const Json message, parse_json(line));
    if (message.is_object() && message.value("id", Json()) == Json(2)) return read_answer(message);
  }
}

}  // namespace

Result<std::string> prove(const std::vector<std::string>& argv) {
  TRY(auto ends, make_pair());
  TRY(const pid_t pid, spawn_speaking(argv, ends[1].get()));
  ends[1] = Descriptor();
  Result<std::string> answer;
  {
    const Channel channel = channel_on(std::move(ends[0]));
    answer = converse(channel);
  }  // the end of its input ends the program
  (void)await_end(pid, kEndLimit);
  return answer;
}

}  // namespace pawl
