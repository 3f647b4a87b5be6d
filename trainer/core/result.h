// How a part of the trainer reports that it could not do what was asked.
//
// Result<T> carries the value or one Error, written for the person at the terminal. Bugs are not
// Errors: assert() stops the process. The trainer is a program of its own and shares no code with
// the server. Not for headers that device code includes: those are C++20.
#pragma once
#include <expected>
#include <string>
#include <utility>

namespace trainer {

struct Error {
  std::string message;  // one line, lower case, no full stop: the fact, the value, the limit
  std::string hint{};   // full sentences: what to do next; empty when nothing can be done
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message, std::string hint = {}) {
  return std::unexpected(Error{std::move(message), std::move(hint)});
}

}  // namespace trainer

// TRY(auto shard, Shard::open(path)); binds the value, or returns the error to our caller.
// CHECK_OK(write(path)); the same for Result<void>.
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define TRAINER_JOIN_(a, b) a##b
#define TRAINER_JOIN(a, b) TRAINER_JOIN_(a, b)
#define TRY(declaration, expression) TRY_(declaration, expression, TRAINER_JOIN(try_, __LINE__))
#define TRY_(declaration, expression, temporary)                        \
  auto temporary = (expression);                                        \
  if (!temporary) return std::unexpected(std::move(temporary).error()); \
  declaration = *std::move(temporary)
#define CHECK_OK(expression) CHECK_OK_(expression, TRAINER_JOIN(checked_, __LINE__))
#define CHECK_OK_(expression, temporary)         \
  if (auto temporary = (expression); !temporary) \
  return std::unexpected(std::move(temporary).error())
// NOLINTEND(cppcoreguidelines-macro-usage)
