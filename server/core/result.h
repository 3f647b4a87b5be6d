// How every floor reports that it could not do what was asked.
//
// Result<T> carries the value or one Error. An Error is addressed to the agent (or human) who
// called: `message` says what happened, with the value and the limit; `hint` what to do next. Bugs
// are not Errors: assert() stops the process.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace pawl {

// The codes of the agent contract; the tools floor prints them in capitals in front of the message.
enum class ErrorKind : std::uint8_t {
  kInvalid,       // the request can never succeed as written
  kNotFound,      // a handle, revision, stage or file that does not exist
  kDenied,        // policy or budget forbids it now
  kConflict,      // somebody changed the record first, or the same key came with another body
  kIncomparable,  // results of different classes cannot be ranked together
  kExpired,       // a cursor or lease that is no longer valid
  kEngine,        // the machine under us failed: runner, disk, repository
  kInternal,      // a bug that was survived
};

struct Error {
  ErrorKind kind;
  std::string message;  // one line, lower case, no full stop: the fact, the value, the limit
  std::string hint{};   // full sentences: what to do next; empty when nothing can be done
};

// True when repeating the identical request later may succeed.
constexpr bool is_transient(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kDenied:
    case ErrorKind::kConflict:
    case ErrorKind::kEngine:
      return true;
    case ErrorKind::kInvalid:
    case ErrorKind::kNotFound:
    case ErrorKind::kIncomparable:
    case ErrorKind::kExpired:
    case ErrorKind::kInternal:
      return false;
  }
  __builtin_unreachable();
}

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message, std::string hint = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(hint)});
}

}  // namespace pawl

// TRY(auto job, store.find(id)); binds the value, or returns the error to our caller.
// CHECK_OK(store.put(job)); the same for Result<void>.
// NOLINTBEGIN(cppcoreguidelines-macro-usage)
#define PAWL_JOIN_(a, b) a##b
#define PAWL_JOIN(a, b) PAWL_JOIN_(a, b)
#define TRY(declaration, expression) TRY_(declaration, expression, PAWL_JOIN(try_, __LINE__))
#define TRY_(declaration, expression, temporary)                        \
  auto temporary = (expression);                                        \
  if (!temporary) return std::unexpected(std::move(temporary).error()); \
  declaration = *std::move(temporary)
#define CHECK_OK(expression) CHECK_OK_(expression, PAWL_JOIN(checked_, __LINE__))
#define CHECK_OK_(expression, temporary)         \
  if (auto temporary = (expression); !temporary) \
  return std::unexpected(std::move(temporary).error())
// NOLINTEND(cppcoreguidelines-macro-usage)
