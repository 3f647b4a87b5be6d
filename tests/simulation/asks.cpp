// What the agents of a history ask, and what they are answered.
#include <fmt/format.h>

#include "server/store/sandboxes.h"
#include "tests/simulation/history.h"
#include "tests/simulation/need.h"

namespace pawl::simulation {
namespace {

// Whoever waits here would wait for ever: nobody moves the clock meanwhile.
std::stop_token no_wait() {
  std::stop_source stop;
  stop.request_stop();
  return stop.get_token();
}

}  // namespace

void History::answer(std::string what) {
  note(what);
  lived_.answers.push_back(std::move(what));
}

void History::submit(std::int64_t count, bool sweep) {
  const Caller caller = server_->caller("root", "agent" + std::to_string(titles_ % 2));
  const std::string title = "job " + std::to_string(titles_++);
  Variant variant{.title = title, .params = {{"n", titles_ * 100}}};
  const std::string stage = titles_ % 4 == 0 ? "validate" : "screen";
  std::optional<Result<SubmitReply>> reply;
  if (sweep) {
    SweepRequest asked{.title = title, .base = "base", .stage = stage};
    for (std::int64_t i = 0; i < count; ++i) {
      variant.params["n"] = titles_ * 100 + i;
      asked.variants.push_back(variant);
    }
    reply = server_->service().submit_sweep(caller, asked);
  } else {
    reply = server_->service().submit(
        caller, {.variant = variant, .from = "base", .stage = stage, .repeat = count});
  }
  if (!*reply) note(reply->error().message);
  if (!*reply) ++lived_.refused;
  answer(*reply ? (*reply)->jobs.front().job.handle : "refused");
}

void History::cancel(std::int64_t number) {
  const auto cancelled = server_->service().cancel(
      server_->caller("root", "human"), {std::to_string(number % (titles_ + 1) + 1)}, "plan");
  answer(cancelled ? std::string(name_of(cancelled->jobs.front().state)) : "refused");
}

std::string History::some_sandbox(std::int64_t number) const {
  return fmt::format("sb{}", number % std::max<std::int64_t>(lived_.sandboxes, 1) + 1);
}

void History::open_sandbox(std::int64_t minutes) {
  const auto opened = server_->service().open_sandbox(
      server_->caller("root", fmt::format("agent{}", titles_ % 2)),
      {.from = "base", .stage = minutes % 3 == 0 ? "validate" : "screen", .minutes = minutes},
      no_wait());
  if (!opened) ++lived_.refused;
  if (opened) ++lived_.sandboxes;
  answer(opened ? opened->handle : "refused");
}

// No keeper listens to commands here, so none comes to anything; but that it was asked for counts
// as use.
void History::use_sandbox(std::int64_t number) {
  const auto used =
      server_->service().run_in_sandbox(server_->caller("root", "agent0"),
                                        {.sandbox = some_sandbox(number), .command = {"true"}}, {});
  answer(used.error().kind == ErrorKind::kEngine ? "used" : "refused");
}

void History::close_sandbox(std::int64_t number) {
  const Caller caller = server_->caller("root", "agent0");
  const std::string handle = some_sandbox(number);
  const auto closed = server_->service().close_sandbox(caller, handle, false, no_wait());
  answer(closed ? std::string(name_of(closed->sandbox.state)) : "refused");
  if (!closed || number % 2 == 0) return;
  turn();
  hear();  // that it is dead
  const auto kept = server_->service().close_sandbox(caller, handle, true, no_wait());
  answer(kept && !kept->kept.empty() ? "kept" : "nothing to keep");
}

void History::close_all() {
  const auto open =
      need(server_->store().read([](Reader& reader) { return open_sandboxes(reader, {}); }));
  for (const JobRow& job : open)
    (void)server_->service().close_sandbox(server_->caller("root", "human"),
                                           fmt::format("sb{}", *job.sandbox), false, no_wait());
}

}  // namespace pawl::simulation
