// Questions to a human, one at a time. Without a terminal nobody is asked: the defaults hold, and a
// question without one is an error that names the flag.
#pragma once
#include <functional>
#include <iosfwd>
#include <string>

#include "server/core/result.h"

namespace pawl {

struct Question {
  std::string text;      // "What does one experiment run?"
  std::string flag;      // "--command": answers it beforehand
  std::string fallback;  // empty: there is none
  std::function<Result<void>(const std::string&)> check = nullptr;  // asked again while it refuses
};

class Interview {
 public:
  Interview(std::istream& in, std::ostream& out, bool terminal)
      : in_(in), out_(out), terminal_(terminal) {}

  // `given` is the flag's value; empty: not given.
  Result<std::string> ask(const Question& question, const std::string& given);

  // "[y/N]"; false without a terminal.
  bool confirm(const std::string& text);

  bool terminal() const { return terminal_; }

 private:
  std::istream& in_;   // outlives us
  std::ostream& out_;  // outlives us
  bool terminal_;
};

}  // namespace pawl
