// What the three sandbox tools say alike.
#pragma once
#include "server/jobs/sandbox_requests.h"
#include "tools/reply.h"

namespace pawl {

// "closes after 10m00s without use, 30m00s after its opening at the latest"
std::string life_of(const SandboxLine& sandbox);

// "$0.08 so far at $2.39 an hour"
std::string cost_of(const SandboxLine& sandbox);

// "diff: 1 file, +1 -1", with the fenced text below it.
void add_diff(const SandboxLine& sandbox, const Diff& diff, std::size_t bytes_max, Reply& reply);

}  // namespace pawl
