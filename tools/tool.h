// One tool as the protocol sees it: how it is announced, and what runs.
#pragma once
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/jobs/service.h"
#include "tools/fields.h"
#include "tools/reply.h"

namespace pawl {

// One call's surroundings. The references outlive the call.
struct Call {
  Service& service;
  const Clock& clock;
  const Caller& caller;
  std::stop_token stop;                        // the client went away or cancelled
  std::function<void(WaitProgress)> progress;  // may be empty
};

// What is said about a tool. Truthful: clients run read-only tools in parallel, and may skip asking
// a human where nothing is destroyed.
struct ToolHead {
  std::string name, title;
  std::string description;  // at most 200 characters: what it returns, what it is not for
  bool read_only = false;
  bool destructive = false;
  bool idempotent = false;
  bool always_loaded = false;  // clients that defer tools are asked to show this one at once
  bool quick = false;  // answers from memory and indexed rows: may run on the thread that reads
  bool table = false;  // its structured content is a table: an outputSchema says so
};

struct Tool {
  ToolHead head;
  std::vector<Rule> arguments;
  std::function<Rendered(const Call&, const Json& arguments)> run;  // never throws
};

template <class Args>
Tool make_tool(ToolHead head, const Fields<Args>& fields,
               Result<Reply> (*body)(const Call&, const Args&)) {
  const auto run = [&fields, body](const Call& call, const Json& json) {
    const auto answer = [&]() -> Result<Reply> {
      TRY(const Args args, decode(fields, json));
      return body(call, args);
    }();
    return answer ? render(*answer) : render(answer.error());
  };
  return {std::move(head), rules_of(fields), run};  // `fields` are static tables
}

}  // namespace pawl
