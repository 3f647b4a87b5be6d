// Finished jobs, ranked inside one comparability class.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::int64_t kRowsMax = 100;
constexpr std::int64_t kRowsConcise = 10;

const Fields<LeaderboardRequest>& fields() {
  static const Fields<LeaderboardRequest> table = {
      field("stage", &LeaderboardRequest::stage, "absent: the best's"),
      field("class", &LeaderboardRequest::comparability_class, ""),
      field("filter", &LeaderboardRequest::filter, "part of a title or tag").range(0, 100),
      field("limit", &LeaderboardRequest::limit, "").range(1, kRowsMax)};
  return table;
}

// Each stage and class on its own: results of two do not compare.
Lines apart_of(const LeaderboardReply& board) {
  Lines lines;
  for (const ApartLine& apart : board.apart) {
    lines.push_back(fmt::format(
        R"(stage {0}, class {1}: {2}, best {3} {4:.{5}f}; leaderboard stage:"{0}" class:"{1}")",
        apart.stage, apart.comparability_class,
        plural(static_cast<std::size_t>(apart.configurations), "configuration"),
        short_handle(apart.best), apart.best.value.value_or(0),
        metric_decimals(apart.best.value.value_or(0))));
  }
  return lines;
}

// Marked ~ where the difference to the base is inside the noise of both means.
Table ranking_of(const LeaderboardReply& board) {
  const int decimals = metric_decimals(board.rows);
  Table table{{"rank", "job", board.metric, "n", "delta", "noise_x", "in_noise", "min", "usd",
               "stage", "title"},
              {}};
  for (const JobLine& job : board.rows) {
    table.rows.push_back({static_cast<std::int64_t>(table.rows.size()) + 1, short_handle(job),
                          metric_cell(job.value, decimals), job.seeds,
                          metric_cell(job.delta, decimals), metric_cell(job.noise_x, 1),
                          text_cell(is_in_noise(job.noise_x) ? "~" : ""), minutes_cell(job.time),
                          usd_cell(job.cost), job.stage, job.title});
  }
  return table;
}

std::string summary_of(const LeaderboardReply& board) {
  if (board.rows.empty()) return "No finished job matches.";
  return best_text(board.metric, board.rows.front(), metric_decimals(board.rows)) +
         fmt::format("; {} of {} configurations.", board.rows.size(), board.total);
}

Result<Reply> run(const Call& call, const LeaderboardRequest& request) {
  TRY(const LeaderboardReply board, call.service.leaderboard(call.caller, request));
  Lines next;
  if (!board.rows.empty()) {
    const std::string best = short_handle(board.rows.front());
    next = {fmt::format(R"(record_decision job:"{}" decision:"keep" why:"...")", best),
            fmt::format(R"(submit_experiment title:"..." from:"{}")", best)};
  }
  const std::string more = fmt::format("leaderboard limit:{}", kRowsMax);
  return Reply{.summary = summary_of(board),
               .data = {{"", ranking_of(board), more},
                        {"stage", board.stage},
                        {"class", board.comparability_class},
                        {"better", board.lower_is_better ? "lower" : "higher"},
                        {"noise_floor", metric_cell(board.noise.deviation, 6)},
                        {"noise_runs", board.noise.samples},
                        {"noise", noise_text(board.noise)},
                        {"apart", apart_of(board)}},
               .next = next,
               .budget = call.service.budget_line(call.caller),
               .tokens_max = request.limit > kRowsConcise ? kDetailedTokens : kConciseTokens};
}

}  // namespace

Tool leaderboard_tool() {
  return make_tool({.name = "leaderboard",
                    .title = "Leaderboard",
                    .description = "What finished, ranked inside one stage and comparability class "
                                   "by the mean over n seeds, with deltas to the base in noise "
                                   "units (~: inside the noise). Jobs in flight: briefing.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true,
                    .table = true},
                   fields(), run);
}

}  // namespace pawl
