// `pawl init` before the server hears of it: every state a repository can be in.
#include "server/setup/init.h"

#include <sstream>

#include "server/jobs/rules_folder.h"
#include "server/jobs/shipped_policy.h"
#include "server/policy/rules.h"
#include "tests/source/user_repository.h"

using namespace pawl;

namespace {

const std::string kTiny =
    "name = \"tiny\"\ncommand = [\"./train\"]\nfrozen = [\"data.txt\"]\n[goal]\nmetric = "
    "\"val_bpb\"\ndirection = \"min\"\n";

class Init : public SourceTest {
 protected:
  // As on a terminal where a human types `answers`.
  Result<Prepared> typed(const std::string& answers, const InitFlags& flags = {}) {
    std::istringstream in(answers);
    Interview interview(in, asked, true);
    return prepare_init(place(), flags, interview);
  }
  Result<Prepared> unattended(const InitFlags& flags = {}) {
    std::istringstream in;
    Interview interview(in, asked, false);
    return prepare_init(place(), flags, interview);
  }
  InitPlace place() const {
    return {.directory = user(),
            .policies = top_ / "config/policies",
            .socket = top_ / "none.sock",
            .machine = {.gpus = {}, .driver = "", .cpu_slots = 2}};
  }
  bool there(const std::string& path) const { return std::filesystem::exists(top_ / path); }
  Rules rules() const { return parse_rules(read_policy_files(place().policies).value()).value(); }
  void autoresearch() {
    for (const char* file : {"prepare.py", "train.py", "program.md"}) write(file, "\n");
    commit("uv.lock", "\n");
  }

  std::ostringstream asked;
};

TEST_F(Init, OutsideOfARepositoryIsNotFound) {
  std::filesystem::remove_all(user() / ".git");
  const auto refused = unattended();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(refused.error().message, user().string() + " is in no git repository");
}

TEST_F(Init, ARepositoryWithoutACommitIsRefused) {
  write("train.py", "\n");
  const auto refused = unattended();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("has no commit yet"), std::string::npos);
}

TEST_F(Init, ABareRepositoryIsRefused) {
  commit("train.py", "\n");
  git("config core.bare true");
  const auto refused = unattended();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("is bare"), std::string::npos) << refused.error().message;
}

TEST_F(Init, OfAutoresearchNeedsNoAnswer) {
  autoresearch();
  const auto prepared = unattended();
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_TRUE(prepared->wrote_project);
  EXPECT_FALSE(prepared->ready);  // HEAD is what is registered
  EXPECT_NE(prepared->told.find("pawl init          # again"), std::string::npos);
  EXPECT_EQ(rules().policy.stages.size(), 3U);
}

TEST_F(Init, TheSecondTimeItIsReady) {
  autoresearch();
  ASSERT_TRUE(unattended());
  const std::string policy = read_text(place().policies / "default.toml");
  commit("pawl.toml", read_text(user() / "pawl.toml"));
  const auto prepared = unattended();
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_TRUE(prepared->ready);
  EXPECT_EQ(prepared->file.goal.metric, "val_bpb");
  EXPECT_EQ(read_text(place().policies / "default.toml"), policy);
}

TEST_F(Init, CommitsOnlyTheFileAndOnlyWhenAsked) {
  autoresearch();
  write("train.py", "half done\n");
  git("add train.py");
  for (const char* name :
       {"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"})
    setenv(name, "h", 1);
  setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
  const auto prepared = unattended({.commit = true});
  ASSERT_TRUE(prepared) << prepared.error().message << prepared.error().hint;
  EXPECT_TRUE(prepared->ready);
  EXPECT_EQ(checked_out(open(), open().resolve("HEAD").value(), "train.py"), "\n");
  EXPECT_NE(checked_out(open(), open().resolve("HEAD").value(), "pawl.toml"), "");
}

TEST_F(Init, WithoutATerminalTheMissingFlagsAreNamed) {
  commit("main.c", "\n");
  const auto refused = unattended();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "this is a project of its own kind; missing, with no terminal to ask: --command, "
            "--metric, --direction");
  EXPECT_FALSE(there("user/pawl.toml"));
  EXPECT_FALSE(there("config"));
}

TEST_F(Init, FlagsAnswerForOtherProjects) {
  commit("main.c", "\n");
  const auto prepared = unattended({.name = "mine",
                                    .command = "./run --fast {params}",
                                    .metric = "acc",
                                    .direction = "max",
                                    .price = "3.50",
                                    .cap_day = "40",
                                    .cap_night = "30",
                                    .max_minutes = "20",
                                    .metered = true});
  ASSERT_TRUE(prepared) << prepared.error().message;
  const auto file = parse_project_file({"pawl.toml", read_text(user() / "pawl.toml")});
  ASSERT_TRUE(file) << format(file.error());
  EXPECT_EQ(file->name, "mine");
  EXPECT_EQ(file->command, (std::vector<std::string>{"./run", "--fast", "{params}"}));
  EXPECT_EQ(file->goal.direction, Direction::kMax);
  EXPECT_EQ(rules().pools.at(0).price.per_hour, Money::micros(3'500'000));
  EXPECT_EQ(rules().pools.at(0).billing, Billing::kMetered);
  EXPECT_EQ(rules().policy.budget.day->value, Money::usd(40));
  EXPECT_EQ(rules().policy.budget.night->value, Money::usd(30));
}

TEST_F(Init, ANightsCapUnderOneExperimentIsRefused) {
  autoresearch();
  const auto refused = unattended({.price = "1.00", .cap_day = "9", .cap_night = "0.01"});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("a cap of $0.01 a night is under"))
      << refused.error().message;
  EXPECT_EQ(refused.error().hint, "Give a larger --cap-night, or a smaller --max-minutes.");
}

TEST_F(Init, AMeteredMachineHasNoDefaultPrice) {
  autoresearch();
  const auto refused = unattended({.metered = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "--price is missing, and there is no terminal to ask");
}

TEST_F(Init, AsksAgainUntilAnAnswerFits) {
  commit("main.c", "\n");
  const auto prepared = typed("\n./run\nval loss\nval_loss\nup\nmin\nowned\ntwo\n2.00\n\n\n");
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_NE(asked.str().find("\"up\" is neither min nor max"), std::string::npos);
  EXPECT_NE(asked.str().find("amount \"two\" is not a plain decimal"), std::string::npos);
  EXPECT_EQ(rules().pools.at(0).price.per_hour, Money::usd(2));
  EXPECT_EQ(rules().policy.budget.day->value, Money::usd(48));  // twelve hours of two slots
}

TEST_F(Init, StoppingInTheMiddleOfTheQuestionsLeavesNothing) {
  commit("main.c", "\n");
  const auto before = state_of(top_);
  for (const char* answers :
       {"", "mine\n", "mine\n./run\nloss\nmin\n", "mine\n./run\nloss\nmin\nowned\n2.00\n40\n"}) {
    EXPECT_FALSE(typed(answers)) << answers;
    EXPECT_EQ(state_of(top_), before) << answers;
  }
}

TEST_F(Init, MistakesAreShownWithTheirLine) {
  commit("pawl.toml", kTiny + "decimls = 3\n");
  const auto refused = unattended();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "pawl.toml has 1 mistake");
  EXPECT_NE(refused.error().hint.find("pawl.toml:7:1"), std::string::npos) << refused.error().hint;
  EXPECT_NE(refused.error().hint.find("^~~"), std::string::npos);
}

TEST_F(Init, AFileThatDiffersFromHeadSaysThatHeadCounts) {
  commit("pawl.toml", kTiny);
  write("pawl.toml", kTiny + "decimals = 2\n");
  const auto prepared = unattended();
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_TRUE(prepared->ready);
  EXPECT_EQ(prepared->file.goal.decimals, 4);
  EXPECT_NE(prepared->told.find("what HEAD holds counts"), std::string::npos);
}

TEST_F(Init, AnExistingPolicyIsNeverOverwritten) {
  commit("pawl.toml", kTiny);
  std::filesystem::create_directories(place().policies);
  for (const SourceText& file : shipped_policy())
    std::ofstream(place().policies / file.name) << file.text;
  const auto before = state_of(top_ / "config");
  const auto prepared = unattended({.price = "3.00"});
  ASSERT_TRUE(prepared);
  EXPECT_NE(prepared->told.find("was not used"), std::string::npos);
  EXPECT_NE(prepared->told.find("the default that pawl ships"), std::string::npos);
  EXPECT_EQ(state_of(top_ / "config"), before);
}

TEST_F(Init, OtherFilesInThePolicysFolderStay) {
  autoresearch();
  std::filesystem::create_directories(place().policies);
  std::ofstream(place().policies / "notes.md") << "mine\n";
  const auto prepared = unattended();
  ASSERT_TRUE(prepared) << prepared.error().message;
  EXPECT_EQ(read_text(place().policies / "notes.md"), "mine\n");
  EXPECT_EQ(rules().policy.stages.size(), 3U);
}

TEST_F(Init, ForcedItKeepsTheOldPolicyAside) {
  commit("pawl.toml", kTiny);
  std::filesystem::create_directories(place().policies);
  std::ofstream(place().policies / "old.toml") << "[budget]\nday = 1\n";
  ASSERT_TRUE(unattended({.force_policies = true}));
  EXPECT_EQ(rules().policy.stages.size(), 3U);
  EXPECT_EQ(read_text(place().policies / "old.toml.bak"), "[budget]\nday = 1\n");
  EXPECT_FALSE(there("config/policies/old.toml"));
}

TEST_F(Init, AConfigFolderThatCannotBeWrittenStopsItBeforeAnything) {
  autoresearch();
  write("../config", "a file where the folder should be\n");
  const auto refused = unattended();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kEngine) << refused.error().message;
  EXPECT_FALSE(there("user/pawl.toml"));
}

TEST_F(Init, SaysWhatHoldsAfterwards) {
  commit("pawl.toml", kTiny);
  const auto prepared = unattended({.price = "1.00", .cap_day = "9"});
  ASSERT_TRUE(prepared);
  const std::string summary = registration_summary(*prepared, place()).value();
  for (const char* fact :
       {"tiny in ", "val_bpb, lower is better", "./train", "data.txt", "2 CPU slots",
        "screen: up to 15 minutes", "$9.00 a day", "same-user", "pawl setup claude"})
    EXPECT_NE(summary.find(fact), std::string::npos) << fact << " is not in\n" << summary;
}

}  // namespace
