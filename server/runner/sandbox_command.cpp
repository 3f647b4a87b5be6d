#include "server/runner/sandbox_command.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "keeper/contract.h"
#include "server/runner/attempt_folder.h"
#include "server/runner/spec_file.h"

namespace pawl {
namespace {

constexpr Milliseconds kLook{100};      // whether the caller still waits
constexpr Milliseconds kSlack{15'000};  // for the answer, over the command's own time
constexpr std::size_t kAnswerBytesMax = 4 << 20;

std::unexpected<Error> gone() {
  return fail(ErrorKind::kEngine, "the sandbox ended, or could not be reached",
              "sandbox_open opens a new one; sandbox_close says what became of this one.");
}

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      pollfd polled{socket, POLLOUT, 0};
      if (poll(&polled, 1, static_cast<int>(kSlack.count())) != 1) return false;
      continue;
    }
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return shutdown(socket, SHUT_WR) == 0;
}

// Until the other side closes. Nothing where the time is over or the caller stops.
std::optional<std::string> receive_all(int socket, Milliseconds time, const std::stop_token& stop) {
  std::string text;
  char buffer[65536];
  while (time > Milliseconds(0) && !stop.stop_requested() && text.size() < kAnswerBytesMax) {
    pollfd polled{socket, POLLIN, 0};
    if (poll(&polled, 1, static_cast<int>(kLook.count())) == 0) time -= kLook;
    const ssize_t got = recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got == 0) return text;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return std::nullopt;
    if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

// What a stranger may have written: each step checks what it takes.
class Answer {
 public:
  explicit Answer(std::string_view text) : text_(text) {}

  // "word rest" up to the end of the line.
  std::pair<std::string_view, std::string_view> line() {
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    const std::string_view whole = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    const std::size_t space = std::min(whole.find(' '), whole.size());
    return {whole.substr(0, space), whole.substr(std::min(space + 1, whole.size()))};
  }
  std::int64_t number() {
    const auto [key, value] = line();
    return to_number(value);
  }
  std::string block() {
    const auto size = static_cast<std::size_t>(number());
    const std::string bytes(text_.substr(0, size));
    text_.remove_prefix(bytes.size());
    return bytes;
  }
  static std::int64_t to_number(std::string_view value) {
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return std::max<std::int64_t>(number, 0);
  }

 private:
  std::string_view text_;
};

Result<CommandEnd> read_answer(std::string_view text) {
  Answer answer(text);
  const auto [word, rest] = answer.line();
  CommandEnd end;
  if (word == keeper::kExitedWord) {
    end.outcome = CommandOutcome::kExited;
  } else if (word == keeper::kSignaledWord) {
    end.outcome = CommandOutcome::kSignaled;
  } else if (word == keeper::kTimedOutWord) {
    end.outcome = CommandOutcome::kTimedOut;
  } else if (word == keeper::kProblemWord) {
    end.outcome = CommandOutcome::kNotStarted;
    end.problem = rest;
  } else {
    return gone();
  }
  end.code = Answer::to_number(rest);
  end.took = Milliseconds(answer.number());
  end.bytes = answer.number();
  end.head = answer.block();
  end.tail = answer.block();
  return end;
}

}  // namespace

Result<CommandEnd> run_in_sandbox(const AttemptRef& sandbox, const CommandRequest& request,
                                  const std::stop_token& stop) {
  TRY(const std::string text, spec_text({.attempt = sandbox,
                                         .command = request.command,
                                         .limit = request.timeout,
                                         .log_bytes_max = request.output_bytes_max},
                                        {}));
  const keeper::Fd socket = connect_to_keeper(sandbox.folder, keeper::kCommandSocket);
  if (!socket.open() || !send_all(socket.get(), text)) return gone();
  const auto answer = receive_all(socket.get(), request.timeout + kSlack, stop);
  if (!answer && stop.stop_requested())
    return fail(ErrorKind::kEngine, "the command was ended: its caller went away");
  if (!answer) return gone();
  return read_answer(*answer);
}

}  // namespace pawl
