// What a reader of any overview should know about the whole server, in full sentences.
#pragma once
#include <string>
#include <vector>

#include "server/jobs/world.h"
#include "server/store/pool_records.h"

namespace pawl {

// An agent hears that a pool is frozen, a human also which and why.
enum class Audience : std::uint8_t { kAgent, kHuman };
Result<std::vector<std::string>> notices(const World& world, Reader& reader, Audience audience);

// "Pool cpu is frozen: ... `pawl pool open cpu` once you have looked."
std::string describe(const FrozenPool& pool);

}  // namespace pawl
