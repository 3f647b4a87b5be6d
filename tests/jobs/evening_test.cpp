// One evening and the day after, as its human and its agent see it: a policy edited while work
// runs, an approval, a night that opens, fills to the last micro-dollar and closes, a fresh day.
#include <fmt/format.h>

#include <fstream>

#include "server/core/text.h"
#include "server/jobs/policy_changes.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

// At 48 USD an hour, a minute and the 15.001 seconds that may follow it are $1.000014: two of those
// are the night's cap to the last micro-dollar.
constexpr const char* kPool = R"(
[pool.cpu]
kind = "cpu"
count = 2
price = 48.00
billing = "owned"
class = "A"
)";

std::string policy(const std::string& day, const std::string& queued) {
  return fmt::format(R"(policy = 1
timezone = "UTC"
[budget]
day = {}
night = {{ usd = 2.000028, window = "22:00-07:00" }}
[jobs]
max_concurrent = 2
max_queued = {}
max_minutes = 1
max_retries = 0
[stage.screen]
pools = ["cpu"]
[stage.validate]
pools = ["cpu"]
[[approve]]
when = {{ stage = "validate", usd_over = 0.50 }}
)",
                     day, queued);
}

constexpr const char* kLived =
    R"(20:00 the cap of the day is edited up, then the queue's down
20:00 waits: budget.day $6.00 -> $60.00
20:00 waits: budget.day $6.00 -> $60.00
20:00 places in the queue: 1
20:00 one is queued
20:01 job 1 cost $0.80
20:01 the human agrees to the cap, and to a validation
20:01 deep is held: a1
20:01 a1 is approved
20:02 job 2 cost $0.80
20:02 $58.40 of $60.00 left today, $0.00 reserved, about 58 screens left, 2 of 2 slots free
20:02 the night opens
22:00 $2.00 of $2.00 left tonight, $0.00 reserved, about 2 screens left, 2 of 2 slots free
22:00 three is queued
22:00 four is queued
22:00 budget.night: 1 x screen would reserve $1.01; $0.00 of tonight's $2.00 is left (policies/default.toml:5:9)
22:00 jobs 3 and 4 cost $0.60 each
22:00 $0.80 of $2.00 left tonight, $0.00 reserved, about 0 screens left, 2 of 2 slots free
22:00 budget.night: 1 x screen would reserve $1.01; $0.80 of tonight's $2.00 is left (policies/default.toml:5:9)
22:00 the night closes, the new day is fresh
07:00 $60.00 of $60.00 left today, $0.00 reserved, about 59 screens left, 2 of 2 slots free
07:00 five is queued
07:01 job 5 cost $0.80
07:01 $59.20 of $60.00 left today, $0.00 reserved, about 59 screens left, 2 of 2 slots free
)";

class Evening : public Night {
 protected:
  Evening() {
    set_pools(kPool);
    set_policy(policy("6.00", "20"));
    restart();
  }
  Caller human() const { return {"ada", "cli", user().string()}; }

  void edited(const std::string& text) {
    std::ofstream(top_ / "config/policies/default.toml", std::ios::binary) << text;
    EXPECT_TRUE(reload_policy(world()));
    const Proposal proposal = world().rules.proposal();
    for (const PolicyChange& change : proposal.pending)
      note(fmt::format("waits: {} {} -> {}", change.key, change.before, change.after));
  }
  void asked(const std::string& title, const std::string& stage = "screen") {
    SubmitRequest job = request(title);
    job.stage = stage;
    const auto reply = try_submit(job);
    if (!reply) return note(reply.error().message);
    note(reply->approval.empty() ? title + " is queued" : title + " is held: " + reply->approval);
  }
  void ran(std::int64_t number) {
    finish(number, 1.5);
    note(fmt::format("job {} cost ${}", number, format_usd(cost_of(number))));
  }
  void both_ran(std::int64_t first, std::int64_t second) {
    const AttemptId one = running(first), other = running(second);
    clock_.advance(std::chrono::seconds(45));
    for (const AttemptId attempt : {one, other})
      runner().end(attempt, {.metrics = "{\"step\":1,\"val_bpb\":1.4}\n"});
    until_state(first, JobState::kSucceeded);
    until_state(second, JobState::kSucceeded);
    note(fmt::format("jobs {} and {} cost ${} each", first, second, format_usd(cost_of(first))));
  }
  void budget() { note(service().budget_line(agent())); }
  void wait_until(Milliseconds time) {
    const auto day = std::chrono::floor<std::chrono::days>(clock_.now());
    const Timestamp then = day + time;
    clock_.advance((then > clock_.now() ? then : then + std::chrono::days(1)) - clock_.now());
  }
  void note(const std::string& line) {
    lines_ += format_utc(clock_.now()).substr(11, 5) + " " + line + "\n";
  }
  std::string lines_;

 private:
  Money cost_of(std::int64_t number) {
    const auto attempts =
        store().read([&](Reader& reader) { return attempts_of(reader, row(number).id); });
    return attempts.value().back().end->cost;
  }
};

TEST_F(Evening, IsLivedThroughLineByLine) {
  using std::chrono::hours;
  note("the cap of the day is edited up, then the queue's down");
  edited(policy("60.00", "20"));
  edited(policy("60.00", "1"));
  note(fmt::format("places in the queue: {}", world().rules.rules()->policy.jobs.max_queued.value));
  asked("one");
  ran(1);
  note("the human agrees to the cap, and to a validation");
  ASSERT_TRUE(service().approve_policy(human(), ""));
  asked("deep", "validate");
  ASSERT_TRUE(service().approve(human(), "a1", "go"));
  note("a1 is approved");
  ran(2);
  budget();
  note("the night opens");
  wait_until(hours(22));
  budget();
  asked("three");
  running(3);
  asked("four");
  running(4);
  asked("five");
  both_ran(3, 4);
  budget();
  asked("five");
  note("the night closes, the new day is fresh");
  wait_until(hours(7));
  budget();
  asked("five");
  ran(5);
  budget();
  EXPECT_EQ(lines_, kLived);
}

}  // namespace
