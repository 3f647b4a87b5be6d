#include "server/policy/held.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "server/core/text.h"

namespace pawl {
namespace {

bool matches(const ApproveRule& rule, std::string_view stage, Money worst) {
  return (!rule.stage || *rule.stage == stage) && (!rule.usd_over || worst > *rule.usd_over);
}

// The newest signature that stands `many` times in the time before `now`.
const AlikeFailure* alike(const StopLossRule& rule, const StopLossFacts& facts) {
  std::map<std::string_view, std::int32_t> counts;
  for (const AlikeFailure& failure : facts.failures) {
    if (failure.at + rule.within < facts.now) break;
    if (++counts[failure.signature] >= *rule.same_error_signature) return &failure;
  }
  return nullptr;
}

}  // namespace

const ApproveRule* needs_approval(const Policy& policy, std::string_view stage, Money worst) {
  const auto found = std::ranges::find_if(
      policy.approvals, [&](const ApproveRule& rule) { return matches(rule, stage, worst); });
  return found == policy.approvals.end() ? nullptr : &*found;
}

std::string describe(const ApproveRule& rule, std::string_view stage, Money worst) {
  if (!rule.usd_over) return fmt::format("stage {} is asked for first ({})", stage, rule.source);
  return fmt::format("${} of stage {} is over ${} ({})", format_usd(worst), stage,
                     format_usd(*rule.usd_over), rule.source);
}

std::optional<std::string> stopped_by(const StopLossRule& rule, const StopLossFacts& facts) {
  if (rule.same_error_signature) {
    const AlikeFailure* const found = alike(rule, facts);
    if (found == nullptr) return std::nullopt;
    return fmt::format("{} jobs failed alike in {}: {} ({})", *rule.same_error_signature,
                       format_duration(rule.within), found->signature, rule.source);
  }
  if (facts.without_improvement < *rule.experiments_without_improvement) return std::nullopt;
  return fmt::format("{} experiments since the last keep, {} are allowed ({})",
                     facts.without_improvement, *rule.experiments_without_improvement, rule.source);
}

bool newly_stopped(const StopLossRule& rule, const StopLossFacts& facts) {
  if (!stopped_by(rule, facts)) return false;
  StopLossFacts before = facts;
  --before.without_improvement;
  if (rule.same_error_signature) {
    if (facts.failures.front().at < facts.now) return false;  // the newest end was another's
    before.failures.erase(before.failures.begin());
  }
  return !stopped_by(rule, before);
}

}  // namespace pawl
