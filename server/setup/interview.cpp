#include "server/setup/interview.h"

#include <istream>
#include <ostream>

namespace pawl {
namespace {

Result<void> accept(const Question& question, const std::string& answer) {
  return question.check ? question.check(answer) : Result<void>();
}

}  // namespace

Result<std::string> Interview::ask(const Question& question, const std::string& given) {
  if (!given.empty() || !terminal_) {
    const std::string& answer = given.empty() ? question.fallback : given;
    if (answer.empty()) {
      return fail(ErrorKind::kInvalid,
                  question.flag + " is missing, and there is no terminal to ask",
                  "Give " + question.flag + ". " + question.text);
    }
    if (const auto accepted = accept(question, answer); !accepted) {
      return fail(ErrorKind::kInvalid, question.flag + ": " + accepted.error().message,
                  accepted.error().hint);
    }
    return answer;
  }
  for (std::string line;;) {
    out_ << question.text;
    if (!question.fallback.empty()) out_ << " [" << question.fallback << "]";
    out_ << " " << std::flush;
    if (!std::getline(in_, line)) {
      return fail(ErrorKind::kInvalid, "the answers ended at \"" + question.text + "\"",
                  "Nothing was written. Run it again, or give " + question.flag + ".");
    }
    if (line.empty()) line = question.fallback;
    if (line.empty()) continue;
    const auto accepted = accept(question, line);
    if (accepted) return line;
    out_ << accepted.error().message << "\n";
    if (!accepted.error().hint.empty()) out_ << accepted.error().hint << "\n";
  }
}

bool Interview::confirm(const std::string& text) {
  if (!terminal_) return false;
  out_ << text << " [y/N] " << std::flush;
  std::string line;
  return std::getline(in_, line) && (line == "y" || line == "Y" || line == "yes");
}

}  // namespace pawl
