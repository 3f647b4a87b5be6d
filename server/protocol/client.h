// The command line's side of the conversation: one call at a time, no JSON in its types.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/result.h"

namespace pawl {

// How messages travel. Both give an error when the other side is gone.
struct Channel {
  std::function<Result<void>(std::string_view text)> send;  // whole lines
  std::function<Result<std::string>()> receive;             // one line without its newline
};

// Who connects, as the first line on the daemon's socket says it.
struct Hello {
  std::string directory, agent;
  std::string client = "cli";  // "mcp" for the shim, which may not use the operator's calls
  std::string secret{};        // that only a human's command line can read; empty: none
};
std::string hello_line(const Hello& hello);

using Argument = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;
using Arguments = std::vector<std::pair<std::string, Argument>>;

struct Answer {
  std::string text;  // for people
  std::string
      structured{};  // a JSON object, always; {"text"} or {"code", "error"} where there is no other
  std::string status{};  // "held", "still_running" or empty
  std::string code{};    // of an error: "NOT_FOUND"; empty on success
};

class Client {
 public:
  Client(Channel channel, Hello hello) : channel_(std::move(channel)), hello_(std::move(hello)) {}

  // One of the tools that agents see; `arguments` as values or as the text of a JSON object.
  Result<Answer> call(const std::string& tool, const Arguments& arguments);
  Result<Answer> call_text(const std::string& tool, std::string_view arguments);

  // One of the operator's.
  Result<Answer> operate(const std::string& tool, const Arguments& arguments);

 private:
  Result<Answer> request(std::string_view method, const std::string& tool, std::string arguments);

  Channel channel_;
  Hello hello_;
  bool greeted_ = false;
  std::int64_t last_id_ = 0;
};

}  // namespace pawl
