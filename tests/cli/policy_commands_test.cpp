// What a human does about the policy from the command line.
#include <fstream>

#include "tests/cli/fixture.h"

using namespace pawl;

struct PolicyCommands : CommandLineTest {
  TestDaemon daemon{socket};
};

TEST_F(PolicyCommands, DiffShowsWhatWaits) {
  const Ran ran = run({"policy", "diff"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.out.find("budget.day"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\ndigest: 0123456789abcdef\n"), std::string::npos) << ran.out;
}

TEST_F(PolicyCommands, ExplainAsksTheServerWhatIsInForce) {
  const Ran ran = run({"policy", "explain", "--stage", "screen", "--agent", "intern-7"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.out.find("stage screen for intern-7\nbudget.day $40.00\n"), std::string::npos)
      << ran.out;
}

TEST_F(PolicyCommands, WithoutATerminalNothingIsApprovedUnasked) {
  const Ran ran = run({"policy", "approve"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_NE(ran.err.find("--digest 0123456789ab "), std::string::npos) << ran.err;
}

TEST_F(PolicyCommands, ApprovesWhatWasShownOrWhatWasLookedAtBefore) {
  EXPECT_EQ(run({"policy", "approve", "--yes"}).exit_code, 0);
  EXPECT_EQ(run({"policy", "approve", "--digest", "0123456789abcdef"}).exit_code, 0);
  const Ran other = run({"policy", "approve", "--digest", "fedcba9876543210"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("CONFLICT"), std::string::npos) << other.err;
}

TEST_F(PolicyCommands, WhereNothingWaitsNothingIsAsked) {
  daemon.world.policy_proposal = []() -> Result<Proposal> {
    return Proposal{"0123456789abcdef", {}};
  };
  const Ran ran = run({"policy", "approve"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("The policy files are in force as they stand.\n")) << ran.out;
  EXPECT_EQ(ran.err, "");
}

TEST_F(PolicyCommands, TheLogSaysThroughWhomWhatCameIntoForce) {
  EXPECT_NE(run({"policy", "log"}).out.find("approved by ada"), std::string::npos);
}

TEST_F(PolicyCommands, ARaiseNamesItsCapItsTimeAndItsReason) {
  const Ran ran = run(
      {"budget", "add", "10", "--until", "07:00", "--why", "a sweep", "--node", "project:tiny"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.out.find("project:tiny day +$10: a sweep"), std::string::npos) << ran.out;
  EXPECT_EQ(run({"budget", "add", "10", "--until", "07:00"}).exit_code, 2);  // no reason
  EXPECT_NE(run({"budget", "allowances"}).out.find("a last sweep"), std::string::npos);
}

TEST_F(PolicyCommands, BudgetAloneShowsWhatIsSpent) {
  const Ran ran = run({"budget"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.out.find("$12.40 of $40.00 today"), std::string::npos) << ran.out;
}

TEST_F(PolicyCommands, AWrongCommandLineIsTheCommandsOwnAndNamesItsHelp) {
  EXPECT_EQ(run({"budget", "add", "10"}).err,
            "pawl: --until is required\nSee `pawl budget add --help`.\n");
  EXPECT_EQ(run({"policy", "aprove"}).err,
            "pawl: A subcommand is required\n"
            "Its commands are check, explain, schema, test, diff, approve, log.\n"
            "See `pawl policy --help`.\n");
}

TEST_F(PolicyCommands, AnInstallationForTheSystemIsFoundBeforeOnesOwn) {
  const auto variable = [](const char* name) -> const char* {
    return std::string(name) == "HOME" ? "/home/ada" : nullptr;
  };
  EXPECT_FALSE(find_folders(variable, folder.path)->of_system());
  std::filesystem::create_directories(folder.path / "etc/pawl");
  std::ofstream(folder.path / "etc/pawl/approval.sha256") << "digest";
  const auto found = find_folders(variable, folder.path);
  EXPECT_EQ(found->socket(), folder.path / "run/pawl/pawl.sock");
  EXPECT_EQ(found->state, folder.path / "var/lib/pawl");
}
