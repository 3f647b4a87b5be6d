// Calls that run beside one another: order, cancellation, progress, the end of a session.
#include <thread>

#include "tests/protocol/fixture.h"

using namespace pawl;

namespace {

std::string call(const std::string& id, const std::string& tool,
                 const std::string& arguments = "{}", const std::string& meta = "") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" + tool +
         R"(","arguments":)" + arguments + meta + "}}";
}

bool answers(const std::string& line, const std::string& id) {
  return line.starts_with(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)");
}

}  // namespace

class RunningCalls : public SessionTest {
 protected:
  RunningCalls() {
    world.wait = [this](const WaitRequest&, std::stop_token stop,
                        const auto& progress) -> Result<WaitReply> {
      for (const WaitProgress& step : steps) progress(step);
      gate.wait_until_open(stop);
      return WaitReply{.finished = {}, .waiting = {}, .timed_out = stop.stop_requested()};
    };
  }
  ~RunningCalls() override { session.finish(); }  // before what its calls use

  std::vector<WaitProgress> steps;
  Gate gate;
};

TEST_F(RunningCalls, AWaitDoesNotHoldUpOthers) {
  session.receive(call("1", "wait_jobs"));
  session.receive(call("2", "submit_experiment", R"({"title":"t"})"));
  EXPECT_TRUE(answers(outbox.next(), "2"));
  EXPECT_TRUE(answers(ask(call("3", "briefing")), "3"));
  gate.open();
  EXPECT_TRUE(answers(outbox.next(), "1"));
}

TEST_F(RunningCalls, ACancelledWaitEndsEarlyAndIsNotAnswered) {
  session.receive(call("1", "wait_jobs"));
  gate.wait_until_reached(1);
  session.receive(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"x"}})");
  session.finish();  // returns: the wait has ended
  EXPECT_TRUE(outbox.all().empty());
}

TEST_F(RunningCalls, CancellingIsByTheExactId) {
  session.receive(call("1", "wait_jobs"));
  gate.wait_until_reached(1);
  session.receive(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"1"}})");
  gate.open();
  EXPECT_TRUE(answers(outbox.next(), "1"));
}

TEST_F(RunningCalls, AnIdInUseIsRefused) {
  session.receive(call("\"a\"", "wait_jobs"));
  EXPECT_EQ(
      ask(call("\"a\"", "wait_jobs")),
      R"({"jsonrpc":"2.0","id":"a","error":{"code":-32600,"message":"this id is still in use"}})");
  gate.open();
  EXPECT_TRUE(answers(outbox.next(), "\"a\""));
  EXPECT_TRUE(answers(ask(call("\"a\"", "wait_jobs")), "\"a\""));  // free again
}

TEST_F(RunningCalls, TheEndOfASessionAnswersItsWaits) {
  session.receive(call("1", "wait_jobs"));
  gate.wait_until_reached(1);
  session.finish();
  ASSERT_EQ(outbox.all().size(), 1);
  EXPECT_NE(outbox.all()[0].find(R"("status":"still_running")"), std::string::npos);
}

TEST_F(RunningCalls, ProgressOnlyGrowsAlsoWhenNothingEnds) {
  steps = {{0, 4}, {0, 4}, {0, 4}, {1, 4}, {1, 4}, {3, 4}};
  gate.open();
  session.receive(call("1", "wait_jobs", "{}", R"(,"_meta":{"progressToken":0})"));
  const std::vector<std::string> values = {"0.0", "0.5", "0.66", "1.0", "1.5", "3.0"};
  for (const std::string& value : values) {
    const std::string line = outbox.next();
    EXPECT_TRUE(line.starts_with(
        R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":0,"progress":)" +
        value))
        << line;
    EXPECT_NE(line.find(R"("total":4,)"), std::string::npos);
  }
  EXPECT_TRUE(answers(outbox.next(), "1"));
}

TEST_F(RunningCalls, ProgressTokensMayBeText) {
  steps = {{2, 8}};
  gate.open();
  session.receive(call("1", "wait_jobs", "{}", R"(,"_meta":{"progressToken":"tok"})"));
  EXPECT_EQ(
      outbox.next(),
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"tok","progress":2.0,"total":8,"message":"2 of 8 finished"}})");
}

TEST_F(RunningCalls, WithoutATokenThereIsNoProgress) {
  steps = {{2, 8}};
  gate.open();
  EXPECT_TRUE(answers(ask(call("1", "wait_jobs")), "1"));
}

TEST_F(RunningCalls, MoreThanTheThreadsAreRefusedNotQueued) {
  for (int i = 0; i < 16; ++i) session.receive(call(std::to_string(i), "wait_jobs"));
  gate.wait_until_reached(16);
  const std::string refused = ask(call("99", "wait_jobs"));
  EXPECT_NE(refused.find("ENGINE could not start: 16 calls are running already."),
            std::string::npos)
      << refused;
  EXPECT_TRUE(answers(ask(call("100", "briefing")), "100"));  // quick ones need no thread
}

TEST_F(RunningCalls, TheHelloNamesDirectoryAndAgent) {
  session.receive(
      R"({"jsonrpc":"2.0","method":"pawl/hello","params":{"directory":"/home/ada/tiny","agent":"a1","client":"cli"}})");
  ask(call("1", "briefing"));
  ASSERT_EQ(world.callers.size(), 1);
  EXPECT_EQ(world.callers[0].principal, "ada");
  EXPECT_EQ(world.callers[0].agent, "a1");
  EXPECT_EQ(world.callers[0].directory, "/home/ada/tiny");
  const std::string status = ask(
      R"({"jsonrpc":"2.0","id":2,"method":"pawl/operator","params":{"name":"status","arguments":{}}})");
  EXPECT_NE(status.find("3 of 4 slots free"), std::string::npos) << status;
}

TEST(WorkerThreads, EndWhenTheyHaveNothingToDo) {
  Workers workers(4, std::chrono::milliseconds(1));
  std::mutex mutex;
  std::condition_variable ran;
  int count = 0;
  for (int i = 0; i < 100; ++i) {
    const auto task = [&] {
      const std::scoped_lock lock(mutex);
      ++count;
      ran.notify_all();
    };
    while (!workers.run(task)) std::this_thread::yield();
  }
  std::unique_lock lock(mutex);
  ran.wait(lock, [&] { return count == 100; });
  EXPECT_LE(workers.threads(), 4);
}
