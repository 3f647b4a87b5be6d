// `pawl pools`: where experiments run, for the human who pays. No list that an agent sees has
// these.
#include <fmt/format.h>

#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::size_t kOperatorTokens = 100'000;  // people scroll

struct NoArgs {};

struct OpenArgs {
  std::string name;
};

const Fields<NoArgs>& no_fields() {
  static const Fields<NoArgs> table;
  return table;
}

const Fields<OpenArgs>& open_fields() {
  static const Fields<OpenArgs> table = {
      field("name", &OpenArgs::name, "as `pawl pools` shows it").required()};
  return table;
}

Cell mean_cell(const std::optional<Milliseconds>& time) {
  return time ? Cell{format_duration(*time)} : Cell{};
}

Table table_of(const std::vector<PoolLine>& pools) {
  Table table{.columns = {"pool", "offer", "usd_hour", "class", "free", "units", "state", "runs",
                          "failed", "pre-empted", "startup", "work", "where"},
              .rows = {}};
  for (const PoolLine& pool : pools) {
    table.rows.push_back({pool.name, pool.offer, usd_cell(pool.price.per_hour),
                          pool.comparability_class, pool.free, pool.total, pool.state, pool.runs,
                          pool.failures, pool.interruptions, mean_cell(pool.startup),
                          mean_cell(pool.work), pool.source});
  }
  return table;
}

Reply reply_of(std::string summary, const std::vector<PoolLine>& pools) {
  Lines frozen;
  for (const PoolLine& pool : pools) {
    if (pool.why.empty() || pool.offer == "spot") continue;
    frozen.push_back(fmt::format("{}: {}; `pawl pool open {}` once you have looked", pool.name,
                                 pool.why, pool.name));
  }
  Reply reply{.summary = std::move(summary),
              .data = {{"", table_of(pools)}},
              .tokens_max = kOperatorTokens};
  if (!frozen.empty()) reply.data.push_back({"frozen", frozen});
  return reply;
}

Result<Reply> list(const Call& call, const NoArgs&) {
  TRY(const std::vector<PoolLine> pools, call.service.pools());
  return reply_of(fmt::format("{}.", plural(pools.size(), "offer")), pools);
}

Result<Reply> open(const Call& call, const OpenArgs& args) {
  TRY(const std::vector<PoolLine> pools, call.service.open_pool(call.caller, args.name));
  return reply_of(fmt::format("Pool {} takes jobs again.", args.name), pools);
}

}  // namespace

Tool pools_tool() {
  return make_tool({.name = "pools",
                    .title = "Pools",
                    .description = "Every pool with its offers, prices, free units and history.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   no_fields(), list);
}

Tool pool_open_tool() {
  return make_tool({.name = "pool_open",
                    .title = "Open a frozen pool",
                    .description = "Lets a pool take jobs again that was frozen by an overrun.",
                    .idempotent = true},
                   open_fields(), open);
}

}  // namespace pawl
