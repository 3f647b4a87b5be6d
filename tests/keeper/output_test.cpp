// The job's output and surroundings: capped logs, an exact environment, no descriptor of the
// keeper's, a full disk.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/keeper/keeper_fixture.h"

namespace pawl::keeper {
namespace {

using testing::Values;
namespace fs = std::filesystem;

class Output : public KeeperInBothModes {
 protected:
  std::vector<std::string> sorted_lines(const std::string& content) {
    std::vector<std::string> lines;
    std::istringstream stream(content);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    std::ranges::sort(lines);
    return lines;
  }
};

INSTANTIATE_TEST_SUITE_P(Keeper, Output, Values(Walls::kBare, Walls::kBoxed), [](const auto& test) {
  return test.param == Walls::kBare ? "Bare" : "Boxed";
});

TEST_P(Output, StreamsAreKeptApart) {
  run_to_end({.command = shell("echo out; echo err >&2")}, GetParam());
  EXPECT_EQ(text("record/stdout.log"), "out\n");
  EXPECT_EQ(text("record/stderr.log"), "err\n");
  EXPECT_EQ(number("stdout_bytes"), 4);
  EXPECT_EQ(number("stderr_bytes"), 4);
  EXPECT_EQ(field("log_truncated"), "false");
}

TEST_P(Output, AFloodIsCappedAndItsEndIsKept) {
  const Job job{.command = shell("yes | head -c 49990000; echo the end"),
                .log_bytes_max = 1'000'000};
  run_to_end(job, GetParam());
  const std::uintmax_t now = fs::file_size(folder_ / "record/stdout.log");
  const std::uintmax_t before = fs::file_size(folder_ / "record/stdout.log.1");
  EXPECT_LE(now, 500'000U);
  EXPECT_EQ(before, 500'000U);
  EXPECT_TRUE(text("record/stdout.log").ends_with("y\nthe end\n"));
  EXPECT_EQ(number("stdout_bytes"), 49'990'008);
  EXPECT_EQ(field("log_truncated"), "true");
  EXPECT_EQ(field("exit_code"), "0");
}

TEST_P(Output, NothingIsLostBelowTheCap) {
  const Job job{.command = shell("yes | head -c 900000"), .log_bytes_max = 1'000'000};
  run_to_end(job, GetParam());
  EXPECT_EQ(
      fs::file_size(folder_ / "record/stdout.log") + fs::file_size(folder_ / "record/stdout.log.1"),
      900'000U);
  EXPECT_EQ(field("log_truncated"), "false");
}

TEST_P(Output, TheEnvironmentIsTheSpecsAndTheTimeLeft) {
  const Job job{
      .command = {"env"},
      .env = {"PATH=/usr/bin:/bin", "LINES=a\nb", "PERCENT=100%", "EMPTY=", "PAWL_DEADLINE=7"},
      .limit_ms = 3'600'000};
  run_to_end(job, GetParam());
  const std::vector<std::string> expected = {
      "EMPTY=", "LINES=a", "PATH=/usr/bin:/bin", "PAWL_DEADLINE=3599", "PERCENT=100%", "b"};
  EXPECT_EQ(sorted_lines(text("record/stdout.log")), expected);
}

TEST_P(Output, AnArgumentMayHoldAnyText) {
  run_to_end({.command = {"printf", "%s|", "", "a b", "x\ny", "\"", "*"}}, GetParam());
  EXPECT_EQ(text("record/stdout.log"), "|a b|x\ny|\"|*|");
}

// The lock above all: a job that held it would look like a living keeper for ever.
TEST_P(Output, TheJobInheritsItsThreeStreamsAndNothingElse) {
  const int leaked = open("/dev/null", O_RDONLY);  // without CLOEXEC, as a careless caller has it
  run_to_end({.command = shell("cd /proc/self/fd && echo *; readlink 0")}, GetParam());
  close(leaked);
  // 3 is the listed folder itself.
  EXPECT_EQ(text("record/stdout.log"), "0 1 2 3\n/dev/null\n");
}

TEST_P(Output, ACallerWithoutStreamsDoesNotMatter) {
  write_spec({.command = shell("cd /proc/self/fd && echo *; echo err >&2")}, GetParam());
  ASSERT_EQ(run_keeper_without_streams(), 0);
  wait_for_record();
  EXPECT_EQ(text("record/stdout.log"), "0 1 2 3\n");
  EXPECT_EQ(text("record/stderr.log"), "err\n");
}

TEST_P(Output, TheJobLeadsASessionOfItsOwn) {
  run_to_end({.command = shell("read -r pid comm state ppid pgrp session rest < /proc/self/stat;"
                               "[ $session = $$ ] && [ $pgrp = $$ ]")},
             GetParam());
  EXPECT_EQ(field("exit_code"), "0");
}

TEST_P(Output, SignalsAreAsAProgramExpectsThem) {
  run_to_end({.command = {"grep", "-E", "SigBlk|SigIgn", "/proc/self/status"}}, GetParam());
  EXPECT_EQ(text("record/stdout.log"), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_P(Output, AFileMayNotGrowPastItsBound) {
  const Job job{.command = shell("trap '' XFSZ; head -c 100000 /dev/zero > big; true"),
                .more = {"fsize_max 5000"}};
  run_to_end(job, GetParam());
  EXPECT_EQ(fs::file_size(work_ / "big"), 5000U);
}

TEST_P(Output, CpuTimeOfTheWholeTreeIsCounted) {
  run_to_end({.command = shell("(head -c 300000000 /dev/zero | md5sum) & wait")}, GetParam());
  EXPECT_GT(number("cpu_ms"), 50);
  EXPECT_GT(number("rss_max_kb"), 500);
}

// A small file system under record/ and keeper/, which a test may fill.
class FullDisk : public KeeperTest {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "mounting a small file system needs root";
    ASSERT_EQ(mount("none", (folder_ / "record").c_str(), "tmpfs", 0, "size=64k"), 0);
  }
  void TearDown() override { umount2((folder_ / "record").c_str(), MNT_DETACH); }
};

TEST_F(FullDisk, TheRecordIsWrittenAllTheSame) {
  run_to_end({.command = shell("yes | head -c 1000000; exit 3")});
  EXPECT_EQ(field("exit_code"), "3");
  EXPECT_EQ(field("log_truncated"), "true");
  EXPECT_EQ(number("stdout_bytes"), 1'000'000);
}

TEST_F(FullDisk, AnAttemptWithoutRoomForItsRecordIsNotStarted) {
  std::ofstream(folder_ / "record/ballast") << std::string(65536, 'x');
  EXPECT_EQ(start({.command = shell("touch ran")}), 70);
  EXPECT_FALSE(has("keeper/state"));
  std::filesystem::remove(folder_ / "record/ballast");
  EXPECT_EQ(run_keeper(), 0);
  wait_for_record();
}

}  // namespace
}  // namespace pawl::keeper
