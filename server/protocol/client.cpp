#include "server/protocol/client.h"

#include <nlohmann/json.hpp>

#include "tools/json.h"

namespace pawl {
namespace {

std::string json_text(const Arguments& arguments) {
  Json object = Json::object();
  for (const auto& [name, argument] : arguments) {
    std::visit([&](const auto& value) { object[name] = value; }, argument);
  }
  return to_text(object);
}

std::string text_at(const Json& json, const Json::json_pointer& place) {
  return json.contains(place) && json.at(place).is_string() ? json.at(place).get<std::string>()
                                                            : "";
}

// A protocol error is the caller's mistake or the server's; both read the same on a command line.
Result<Answer> answer_of(const Json& message) {
  if (message.contains("error")) {
    return fail(ErrorKind::kInvalid, text_at(message, "/error/message"_json_pointer));
  }
  Answer answer{.text = text_at(message, "/result/content/0/text"_json_pointer)};
  answer.status = text_at(message, "/result/structuredContent/status"_json_pointer);
  const auto is_error = "/result/isError"_json_pointer;
  if (message.contains(is_error) && message.at(is_error) == true) {
    answer.code = answer.text.substr(0, answer.text.find(' '));
  }
  const auto structured = "/result/structuredContent"_json_pointer;
  if (message.contains(structured)) {
    answer.structured = to_text(message.at(structured));
  } else if (answer.code.empty()) {
    answer.structured = to_text({{"text", answer.text}});
  } else {
    answer.structured = to_text({{"code", answer.code}, {"error", answer.text}});
  }
  return answer;
}

}  // namespace

std::string hello_line(const Hello& hello) {
  return to_text({{"jsonrpc", "2.0"},
                  {"method", "pawl/hello"},
                  {"params",
                   {{"directory", hello.directory},
                    {"agent", hello.agent},
                    {"client", hello.client},
                    {"secret", hello.secret}}}}) +
         "\n";
}

Result<Answer> Client::call(const std::string& tool, const Arguments& arguments) {
  return request("tools/call", tool, json_text(arguments));
}

Result<Answer> Client::call_text(const std::string& tool, std::string_view arguments) {
  TRY(const Json checked, parse_json(arguments));
  return request("tools/call", tool, to_text(checked));
}

Result<Answer> Client::operate(const std::string& tool, const Arguments& arguments) {
  return request("pawl/operator", tool, json_text(arguments));
}

Result<Answer> Client::request(std::string_view method, const std::string& tool,
                               std::string arguments) {
  std::string text = greeted_ ? "" : hello_line(hello_);
  greeted_ = true;
  const std::string id = std::to_string(++last_id_);
  text += R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + std::string(method) +
          R"(","params":{"name":)" + to_text(Json(tool)) + R"(,"arguments":)" + arguments + "}}\n";
  CHECK_OK(channel_.send(text));
  for (;;) {
    TRY(const std::string line, channel_.receive());
    TRY(const Json message, parse_json(line));
    const auto found = message.find("id");  // notifications have none
    if (found != message.end() && (*found == last_id_ || found->is_null())) {
      return answer_of(message);
    }
  }
}

}  // namespace pawl
