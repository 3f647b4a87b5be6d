// One evening and the day after, as its human and its agent see it: a policy edited while work
// runs, an approval, a night that opens, fills to the last micro-dollar and closes, a fresh day.
#include <fmt/format.h>

#include <fstream>

#include "server/core/text.h"
#include "server/jobs/policy_changes.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

// At 48 USD an hour, a minute and the fifteen seconds that may follow it cost a dollar. A window
// rounds up, so each job asks for a micro-dollar more.
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
night = {{ usd = 2.000002, window = "22:00-07:00" }}
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
    for (const PolicyChange& change : world().rules.proposal().pending)
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
  using std::chrono::minutes;
  note("the cap of the day is edited up, then the queue's down");
  edited(policy("60.00", "20"));
  edited(policy("60.00", "1"));
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
  ran(3);
  ran(4);
  asked("five");
  running(5);
  asked("six");
  ran(5);
  note("the night closes, the new day is fresh");
  wait_until(hours(7));
  budget();
  asked("six");
  ran(6);
  budget();
  EXPECT_EQ(lines_, "");
}

}  // namespace
