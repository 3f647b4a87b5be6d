// From the human's policy files to values. All files of the folder are read as one: a key may stand
// in only one of them.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "server/policy/diagnostic.h"
#include "server/policy/policy.h"
#include "server/policy/pools.h"

namespace pawl {

struct Rules {
  Policy policy;
  Pools pools;
  bool operator==(const Rules&) const = default;
};

// Files are taken in the order of their names. Never half a policy: any mistake gives all the
// mistakes and no rules (L17).
std::expected<Rules, Diagnostics> parse_rules(std::vector<SourceText> files);

// The policy for one project whose repository carries a `policies/` folder of its own: it may only
// lower numbers and shorten lists of [budget] (which then means this project's), [jobs] and
// [stage.NAME]. Anything else is a mistake.
std::expected<Policy, Diagnostics> tighten(const Policy& outer, std::string_view project,
                                           std::vector<SourceText> inner_files);

// The key reference as Markdown, made from the table that the parser uses; policies/README.md is
// this text.
std::string policy_reference();

// The same table as JSON Schema, for editors that complete TOML.
std::string policy_schema();

}  // namespace pawl
