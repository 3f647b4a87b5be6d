// What experiments run in is built once, by a job of its own.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "server/store/ledger_check.h"
#include "server/store/projects.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

namespace fs = std::filesystem;

const std::string kWithEnvironment = R"(
name = "tiny"
command = [".venv/bin/python", "train.py"]
frozen = ["data.txt"]
[goal]
metric = "val_bpb"
direction = "min"
[params.n]
type = "int"
default = 0
[environment]
build = ["uv", "sync", "--frozen"]
key = ["uv.lock"]
path = [".venv", "tools/bin"]
caches = ["triton"]
)";

class Environments : public Night {
 protected:
  Environments() {
    world().network_env = {"HTTPS_PROXY=http://proxy:3128"};
    commit("uv.lock", "torch 2.9\n");
    commit("pawl.toml", kWithEnvironment);
    approve_head();
  }

  void approve_head() {
    const Project project = this->project();
    const Repository repository = world().sources.repository(project).value();
    const Revision head = repository.resolve("HEAD").value();
    NewProject approved = project;
    approved.base_commit = head.commit;
    ASSERT_TRUE(store().write([&](Transaction& tx) { return pin_base(tx, project.id, approved); }));
  }
  Project project() {
    return store().read([](Reader& reader) { return find_project(reader, ProjectId{1}); }).value();
  }

  // What the build of that attempt leaves in its checkout.
  fs::path built(AttemptId attempt) {
    const fs::path work = runner().spec(attempt).work;
    fs::create_directories(work / ".venv/bin");
    std::ofstream(work / ".venv/bin/python") << "#!/bin/sh\n";
    fs::create_directories(work / "tools/bin");
    fs::create_directories(work / "tools/cache");
    return work;
  }
  fs::path finish_build(std::int64_t number) {
    const fs::path work = built(running(number));
    end(number, {});
    return work;
  }
  void fail_build(std::int64_t number) {
    const AttemptId attempt = running(number);
    std::ofstream(runner().spec(attempt).attempt.folder / "record/stderr.log")
        << "Resolving\nERROR: No matching distribution found for torhc\n";
    end(number, {.exit_code = 1});
  }
  std::int64_t builds() {
    const auto jobs = service().jobs(agent(), 100).value();
    return std::ranges::count(jobs, "environment", &JobLine::stage);
  }
};

bool has(const std::vector<std::string>& env, const std::string& entry) {
  return std::ranges::find(env, entry) != env.end();
}

bool names(const std::vector<std::string>& env, const std::string& name) {
  return std::ranges::any_of(env, [&](const auto& entry) { return entry.starts_with(name + "="); });
}

TEST_F(Environments, TheFirstSubmitQueuesABuildThatTheExperimentWaitsFor) {
  const std::int64_t job = submit("first");
  EXPECT_EQ(job, 2);
  running(1);
  EXPECT_EQ(row(1).stage, "environment");
  EXPECT_EQ(row(1).agent, "pawl");
  EXPECT_EQ(row(job).state, JobState::kQueued);
  EXPECT_EQ(total().reserved.money, Money::micros(2 * 605'001));
  const JobLine line = service().job(agent(), "002").value().line;
  EXPECT_EQ(line.reason, Reason::kEnvironment);
  EXPECT_NE(line.detail.find("environment is being built by job 001"), std::string::npos);
}

TEST_F(Environments, OneBuildServesAllJobsOfItsKey) {
  const std::int64_t first = submit("first");
  const std::int64_t second = submit("second");
  finish_build(1);
  running(first);
  running(second);
  finish(first, 1.5);
  finish(second, 1.5);
  submit("third");
  EXPECT_EQ(builds(), 1);
}

TEST_F(Environments, ABuildIsChargedLikeEveryOtherJob) {
  const std::int64_t job = submit("first");
  finish_build(1);
  EXPECT_EQ(row(1).state, JobState::kSucceeded);
  finish(job, 1.5);
  EXPECT_EQ(total().spent.money, Money::micros(40'000));  // a minute each, at $1.20/h
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(Environments, OnlyWhatTheEnvironmentNamesIsKept) {
  submit("first");
  const fs::path folder = finish_build(1);
  EXPECT_TRUE(fs::exists(folder / ".venv/bin/python"));
  EXPECT_TRUE(fs::exists(folder / "tools/bin"));
  EXPECT_FALSE(fs::exists(folder / "tools/cache"));
  EXPECT_FALSE(fs::exists(folder / "pawl.toml"));
}

TEST_F(Environments, AnExperimentSeesItInItsCheckoutAndWhereItWasBuilt) {
  const std::int64_t job = submit("first");
  const fs::path folder = finish_build(1);
  const auto volumes = runner().spec(running(job)).volumes;
  EXPECT_EQ(volumes, (std::vector<Volume>{{folder / ".venv", folder / ".venv"},
                                          {folder / ".venv", ".venv"},
                                          {folder / "tools/bin", folder / "tools/bin"},
                                          {folder / "tools/bin", "tools/bin"}}));
}

TEST_F(Environments, OnlyTheBuildHasNetworkAndWhatLeadsToIt) {
  const std::int64_t job = submit("first");
  const LaunchSpec build = runner().spec(running(1));
  EXPECT_TRUE(build.network);
  EXPECT_EQ(build.command, (std::vector<std::string>{"uv", "sync", "--frozen"}));
  EXPECT_TRUE(has(build.env, "HTTPS_PROXY=http://proxy:3128"));
  EXPECT_TRUE(names(build.env, "XDG_CACHE_HOME"));
  finish_build(1);
  const LaunchSpec experiment = runner().spec(running(job));
  EXPECT_FALSE(experiment.network);
  EXPECT_FALSE(names(experiment.env, "HTTPS_PROXY"));
  EXPECT_TRUE(names(experiment.env, "PAWL_CHECKPOINT_DIR"));
}

TEST_F(Environments, AFailedBuildFailsWhoWaitsForItAndQuotesTheLine) {
  const std::int64_t job = submit("first");
  fail_build(1);
  until_state(job, JobState::kFailed);
  EXPECT_EQ(row(job).reason, Reason::kEnvironment);
  EXPECT_EQ(row(job).detail,
            "environment build failed: exit code 1: ERROR: No matching distribution found for "
            "torhc; logs: get_logs job:001");
  EXPECT_EQ(row(1).attempts, 1);
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(Environments, AFailedBuildIsTriedAgainByTheNextSubmitOnly) {
  submit("first");
  fail_build(1);
  until_state(2, JobState::kFailed);
  EXPECT_EQ(builds(), 1);
  const std::int64_t again = submit("second");
  EXPECT_EQ(builds(), 2);
  finish_build(again - 1);
  finish(again, 1.5);
  EXPECT_EQ(row(again).state, JobState::kSucceeded);
}

TEST_F(Environments, ABuildThatLeavesNothingHasFailed) {
  const std::int64_t job = submit("first");
  running(1);
  end(1, {});
  until_state(job, JobState::kFailed);
  EXPECT_EQ(row(1).detail, "the build ended well, but left no \".venv\"");
}

TEST_F(Environments, ABuildOverItsLimitEndsTheWait) {
  const std::int64_t job = submit("first");
  end(1, {.outcome = Outcome::kDeadline});
  EXPECT_EQ(row(1).state, JobState::kTimedOut);
  until_state(job, JobState::kFailed);
  EXPECT_EQ(row(job).reason, Reason::kEnvironment);
}

TEST_F(Environments, ACancelledBuildEndsTheWait) {
  const std::int64_t job = submit("first");
  const AttemptId attempt = running(1);
  ASSERT_TRUE(service().cancel(agent(), {"001"}, "wrong index"));
  runner().end(attempt, {.outcome = Outcome::kCancelled});
  until_state(job, JobState::kFailed);
  EXPECT_TRUE(row(job).detail.starts_with("environment build cancelled: ")) << row(job).detail;
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(Environments, ABuildThatFailsLeavesNoFolder) {
  submit("first");
  const fs::path work = built(running(1));
  fail_build(1);
  until([&] { return !fs::exists(work); }, "the folder to go");
}

TEST_F(Environments, ALostBuildIsTriedAgainInAFolderOfItsOwn) {
  const std::int64_t job = submit("first");
  const AttemptId first = running(1);
  const fs::path half = built(first);
  runner().lose(first);
  until([&] { return row(1).attempts == 2 && row(1).state == JobState::kRunning; }, "a second try");
  const fs::path folder = finish_build(1);
  EXPECT_NE(folder, half);
  EXPECT_EQ(runner().spec(running(job)).volumes.at(0).source, folder / ".venv");
}

TEST_F(Environments, AServerThatDiesDuringTheBuildAdoptsIt) {  // Q13
  const std::int64_t job = submit("first");
  const AttemptId attempt = running(1);
  restart();
  built(attempt);
  end(1, {});
  finish(job, 1.5);
  EXPECT_EQ(row(1).attempts, 1);
  EXPECT_EQ(row(job).state, JobState::kSucceeded);
}

TEST_F(Environments, ABuildThatEndedWhileNoServerLivedIsSettledAndUsed) {  // L7
  const std::int64_t job = submit("first");
  const AttemptId attempt = running(1);
  built(attempt);
  server_gone_while([&] { runner().end_unheard(attempt, {}); });
  finish(job, 1.5);
  EXPECT_EQ(row(job).state, JobState::kSucceeded);
  const auto mismatches = store().read([](Reader& reader) { return verify_ledger(reader); });
  EXPECT_TRUE(mismatches.value().empty());
}

TEST_F(Environments, ABuildThatFailedWhileNoServerLivedStrandsNobody) {
  const std::int64_t job = submit("first");
  const AttemptId attempt = running(1);
  server_gone_while([&] { runner().end_unheard(attempt, {.exit_code = 2}); });
  until_state(job, JobState::kFailed);
}

TEST_F(Environments, AnExperimentMayNotChangeWhatTheEnvironmentIsBuiltFrom) {
  SubmitRequest asked = request("newer torch");
  asked.variant.edits = {{"uv.lock", "torch 2.9\n", "torch 3.0\n"}};
  const Error error = refusal(try_submit(asked));
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_NE(error.message.find("uv.lock, which the environment is built from"), std::string::npos);
  EXPECT_EQ(builds(), 0);
}

TEST_F(Environments, ALockfileThatChangesUnderAWaitingBuildChangesNothing) {
  runner().refuse_launches(1);
  submit("first");
  write("uv.lock", "malware 1.0\n");
  const fs::path work = runner().spec(running(1)).work;
  std::ifstream lock(work / "uv.lock");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(lock), {}), "torch 2.9\n");
}

TEST_F(Environments, AnotherApprovedLockfileIsAnotherEnvironment) {
  const std::int64_t job = submit("first");
  const fs::path first = finish_build(1);
  finish(job, 1.5);
  commit("uv.lock", "torch 3.0\n");
  approve_head();
  const std::int64_t next = submit("second");
  EXPECT_EQ(builds(), 2);
  const fs::path second = finish_build(next - 1);
  EXPECT_EQ(runner().spec(running(next)).volumes.at(0).source, second / ".venv");
  EXPECT_TRUE(fs::exists(first / ".venv"));
}

TEST_F(Environments, OneThatSomebodyRemovedIsBuiltAgain) {
  for (const char* title : {"first", "second", "third"}) submit(title);
  const fs::path folder = finish_build(1);
  running(2);
  running(3);  // so that the third finds no slot
  fs::remove_all(folder);
  finish(2, 1.5);
  until_state(4, JobState::kFailed);
  EXPECT_EQ(row(4).reason, Reason::kEnvironment);
  EXPECT_EQ(row(4).attempts, 1);
  submit("fourth");
  EXPECT_EQ(builds(), 2);
}

TEST_F(Environments, NoAgentCanAskForItsStage) {
  SubmitRequest asked = request("mine");
  asked.stage = "environment";
  EXPECT_EQ(refusal(try_submit(asked)).message, "stage environment is pawl's own");
}

TEST_F(Environments, ABuildIsNoResultToKeep) {
  submit("first");
  finish_build(1);
  const Error error = refusal(service().decide(agent(), "001", Decision::kKeep, "green"));
  EXPECT_EQ(error.message, "job 1 built an environment");
}

TEST_F(Environments, AFrozenFileThatTheBaseChangedSinceTheSubmitStopsTheLaunch) {
  const std::int64_t job = submit("first");
  running(1);
  commit("data.txt", "other words\n");
  approve_head();
  finish_build(1);
  until_state(job, JobState::kFailed);
  EXPECT_EQ(row(job).reason, Reason::kEnvironment);
  EXPECT_EQ(row(job).detail,
            "frozen file data.txt in the checkout is not as the approved base has it");
}

// The folder that the attempt's variable names.
fs::path triton(const LaunchSpec& spec) {
  for (const std::string& entry : spec.env) {
    if (entry.starts_with("TRITON_CACHE_DIR=")) return entry.substr(17);
  }
  return {};
}

TEST_F(Environments, ASuccessOfTheBaseHandsItsCompileCacheOn) {
  const std::int64_t base = submit("base");
  finish_build(1);
  const fs::path first = triton(runner().spec(running(base)));
  EXPECT_TRUE(fs::is_empty(first));
  std::ofstream(first / "kernel.so") << "compiled";
  fs::create_symlink("/etc/passwd", first / "link");
  finish(base, 1.5);
  until([&] { return !fs::exists(first); }, "its copy to go");
  const fs::path second = triton(runner().spec(running(submit("next"))));
  EXPECT_NE(second, first);
  EXPECT_TRUE(fs::exists(second / "kernel.so"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(second / "link")));
}

TEST_F(Environments, ACandidatesCompileCacheReachesNobody) {
  SubmitRequest asked = request("candidate");
  asked.variant.edits = {{"train", "#!/bin/sh\n", "#!/bin/sh\n# poison\n"}};
  ASSERT_TRUE(try_submit(asked));
  finish_build(1);
  const fs::path first = triton(runner().spec(running(2)));
  std::ofstream(first / "kernel.so") << "poison";
  finish(2, 1.5);
  until([&] { return !fs::exists(first); }, "its copy to go");
  EXPECT_TRUE(fs::is_empty(triton(runner().spec(running(submit("next"))))));
}

TEST_F(Environments, AFailureOfTheBaseHandsNothingOn) {
  const std::int64_t base = submit("base");
  finish_build(1);
  const fs::path first = triton(runner().spec(running(base)));
  std::ofstream(first / "kernel.so") << "half";
  end(base, {.exit_code = 1});
  until([&] { return !fs::exists(first); }, "its copy to go");
  EXPECT_TRUE(fs::is_empty(triton(runner().spec(running(submit("next"))))));
}

}  // namespace
