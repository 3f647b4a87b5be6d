#include "server/setup/system_install.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/core/digest.h"

using namespace pawl;

namespace {

InstallFacts fresh() {
  return {.own_programs = "/opt/build", .has_systemd = true, .new_secret = [] {
            return std::string("the secret");
          }};
}

const InstallStep* step_for(const std::vector<InstallStep>& steps,
                            const std::filesystem::path& path) {
  const auto found = std::ranges::find(steps, path, &InstallStep::path);
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace

TEST(SystemInstall, TheSecretIsForRootAndTheServerKnowsOnlyItsDigest) {
  const auto steps = plan_install({}, fresh());
  const InstallStep* const secret = step_for(steps, "/etc/pawl/approval-secret");
  const InstallStep* const digest = step_for(steps, "/etc/pawl/approval.sha256");
  ASSERT_TRUE(secret && digest);
  EXPECT_EQ(secret->file->mode, 0600U);
  EXPECT_EQ(digest->file->text, sha256_hex("the secret") + "\n");
  for (const InstallStep& step : steps)
    EXPECT_EQ(step.told.find("the secret\n"), std::string::npos) << step.told;
}

TEST(SystemInstall, OnlyTheStateBelongsToTheServer) {
  for (const InstallStep& step : plan_install({}, fresh())) {
    EXPECT_EQ(step.of_user, step.path == "/var/lib/pawl") << step.told;
  }
  EXPECT_EQ(*step_for(plan_install({}, fresh()), "/var/lib/pawl")->folder, 0700U);
}

TEST(SystemInstall, ASecondInstallKeepsTheSecretThePolicyAndTheUser) {
  InstallFacts facts = fresh();
  facts.user_exists = facts.secret_exists = facts.policies_exist = true;
  const auto steps = plan_install({}, facts);
  EXPECT_EQ(step_for(steps, "/etc/pawl/approval-secret"), nullptr);
  EXPECT_EQ(step_for(steps, "/etc/pawl/policies/default.toml"), nullptr);
  EXPECT_TRUE(steps.front().command.empty());
}

TEST(SystemInstall, TheUnitLeavesKeepersAloneAndReadsThePolicyOnReload) {
  const std::string unit =
      step_for(plan_install({}, fresh()), "/etc/systemd/system/pawl.service")->file->text;
  for (const char* line :
       {"User=pawl\n", "KillMode=process\n", "ExecReload=/bin/kill -HUP",
        "ExecStart=/usr/local/libexec/pawl/pawl serve\n", "RuntimeDirectoryMode=0750\n"})
    EXPECT_NE(unit.find(line), std::string::npos) << line;
}

TEST(SystemInstall, BelowAnotherRootNoProgramOfTheMachineIsRun) {
  for (const InstallStep& step : plan_install({.root = "/tmp/x"}, fresh())) {
    EXPECT_TRUE(step.command.empty()) << step.told;
    EXPECT_TRUE(step.path.string().starts_with("/tmp/x/")) << step.told;
  }
}

TEST(SystemInstall, UninstallingKeepsTheLedgerAndThePolicy) {
  const auto steps = plan_uninstall({}, fresh());
  EXPECT_EQ(step_for(steps, "/var/lib/pawl"), nullptr);
  EXPECT_EQ(step_for(steps, "/etc/pawl/policies"), nullptr);
  EXPECT_TRUE(step_for(steps, "/etc/pawl/approval-secret")->removed);
}
