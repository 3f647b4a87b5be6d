// The commands that ask the server.
#pragma once
#include <functional>

#include "server/cli/options.h"
#include "server/protocol/client.h"

namespace pawl {

// Which tool a command calls, with which arguments. Pure.
struct RemoteCall {
  std::string tool;
  Arguments arguments;
  bool of_operator = false;
};
RemoteCall remote_call(const Options& options);

// Calls and waits for the answer. A wait goes on over the limit of one call, up to the user's own.
Result<Answer> ask(Client& client, const Options& options);

// The answer as the user asked for it, and the exit code it means.
int print(const Answer& answer, const Options& options);
int print(const Answer& answer, bool json);
int print(const Error& error);

}  // namespace pawl
