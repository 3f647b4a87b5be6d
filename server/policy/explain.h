// `pawl policy explain` and `pawl policy check` as text for people.
#pragma once
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/policy/rules.h"

namespace pawl {

struct ExplainQuery {
  std::string principal, project, stage;
};

// Each limit in force, its value and where it comes from; where several stand for one thing, the
// smallest is named.
std::string explain(const Policy& policy, const ExplainQuery& query);

// The same of every stage where the query names none. NOT_FOUND: no such stage.
Result<std::string> explain_stages(const Policy& policy, const ExplainQuery& query);

// "ok: 2 files, 3 stages, 1 pool ..." with the windows' zone, or every mistake with its caret.
std::string check_text(const std::expected<Rules, Diagnostics>& parsed);

}  // namespace pawl
