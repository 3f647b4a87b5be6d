#include "server/records/run_files.h"

#include <sys/stat.h>

#include "tests/records/attempt_fixture.h"

using namespace pawl;

class RunFiles : public AttemptTest {
 protected:
  RunConfig config() const {
    return {.project = "tiny",
            .job = "042-halve",
            .title = "halve\x1b[31m it",
            .stage = "screen",
            .params = {{"depth", std::int64_t{4}}, {"lr", 0.1}, {"fast", true}, {"name", "a\"b"}},
            .build = {},
            .command = {"sh", "-c", "cp marker \"$PAWL_ARTIFACTS/it's\""},
            .seed = 7,
            .limit = Milliseconds(60'000)};
  }
};

TEST_F(RunFiles, FoldersAreMadeOnceAndTheKeepersIsPrivate) {
  const auto mode = [](const std::filesystem::path& path) {
    struct stat facts{};
    stat(path.c_str(), &facts);
    return facts.st_mode & 07777U;
  };
  EXPECT_EQ(mode(folder_.keeper()), 0700U);
  EXPECT_EQ(mode(folder_.record()), 0700U);
  EXPECT_EQ(mode(folder_.run()), 0755U);
  EXPECT_FALSE(std::filesystem::exists(folder_.work()));
  EXPECT_EQ(create_attempt_folder(folder_.root).error().kind, ErrorKind::kConflict);
}

TEST_F(RunFiles, ConfigIsWhatTheJobReadsAndARecordItCannotChange) {
  ASSERT_TRUE(write_config(folder_, config()));
  const std::string text = read(folder_.run() / "config.json");
  EXPECT_EQ(text, read(folder_.record() / "config.json"));
  EXPECT_NE(text.find("\"params\": {\n    \"depth\": 4,\n    \"fast\": true,\n    \"lr\": 0.1,\n"
                      "    \"name\": \"a\\\"b\"\n  }"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\"seed\": 7"), std::string::npos);
}

TEST_F(RunFiles, CostIsReplacedWhenItIsSettled) {
  CostFacts cost{.price = {Money::micros(2'390'000)}, .reserved = {Money::micros(1'234'567)}};
  ASSERT_TRUE(write_cost(folder_, cost));
  EXPECT_NE(read(folder_.record() / "cost.json").find("\"settled\": null"), std::string::npos);
  cost.settled = Amount{Money::micros(500'001), Milliseconds(753)};
  cost.phases = {{"build", Milliseconds(20)}};
  ASSERT_TRUE(write_cost(folder_, cost));
  const std::string text = read(folder_.record() / "cost.json");
  EXPECT_NE(text.find("\"usd_micro\": 500001"), std::string::npos) << text;
  EXPECT_NE(text.find("\"build_ms\": 20"), std::string::npos) << text;
  EXPECT_FALSE(std::filesystem::exists(folder_.record() / "cost.json.new"));
}

TEST_F(RunFiles, ResultAndSourceAndHostAreWritten) {
  ASSERT_TRUE(write_result(folder_, {.state = "failed",
                                     .reason = "user_code",
                                     .metric = "val_bpb",
                                     .metrics = {.values = {{"loss", 2.5}}, .not_finite = {"x"}},
                                     .error_signature = "ValueError: \xff"}));
  EXPECT_NE(read(folder_.record() / "result.json").find("\"loss\": 2.5"), std::string::npos);
  ASSERT_TRUE(write_source(folder_, {.revision = "abc", .skipped = {"vendor"}}));
  EXPECT_NE(read(folder_.record() / "source.json").find("\"vendor\""), std::string::npos);
  ASSERT_TRUE(write_host(folder_, read_host_facts()));
  EXPECT_NE(read(folder_.record() / "env.json").find("\"kernel\""), std::string::npos);
}

TEST_F(RunFiles, ThisMachineHasAKernelCoresAndMemory) {
  const HostFacts host = read_host_facts();
  EXPECT_FALSE(host.kernel.empty());
  EXPECT_GT(host.cpu_count, 0);
  EXPECT_GT(host.memory_bytes, 0);
}

TEST_F(RunFiles, TheReproductionRunsAsItIsWritten) {
  const std::string bare = (top_ / "it's bare.git").string();
  const std::string made =
      "export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a "
      "GIT_COMMITTER_NAME=a "
      "GIT_COMMITTER_EMAIL=a; cd '" +
      top_.string() +
      "' && git init -q u && cd u && echo 42 > marker && git add . && git commit -q -m x && "
      "git clone -q --bare . \"" +
      bare + "\" && git rev-parse HEAD > ../revision";
  ASSERT_EQ(std::system(made.c_str()), 0);
  const std::string revision = read(top_ / "revision").substr(0, 40);
  ASSERT_TRUE(write_config(folder_, config()));
  ASSERT_TRUE(write_reproduction(
      folder_, {.config = config(), .source = {.revision = revision}, .repository = bare}));
  const std::string text = read(folder_.record() / "REPRODUCE.md");
  const std::size_t begin = text.find("```sh\n") + 6;
  write(top_ / "script.sh", text.substr(begin, text.find("```", begin) - begin));
  const std::string run = "mkdir '" + top_.string() + "/again' && cd '" + top_.string() +
                          "/again' && sh -e ../script.sh";
  ASSERT_EQ(std::system(run.c_str()), 0) << text;
  EXPECT_EQ(read(top_ / "again/run/artifacts/it's"), "42\n");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(RunFiles, ArtifactsAreListedWithoutLinksAndPipes) {
  std::filesystem::create_directory(folder_.artifacts() / "sub");
  write(folder_.artifacts() / "sub" / "model.bin", "x");
  write(folder_.artifacts() / "a.txt", "x");
  std::filesystem::create_symlink("/etc/passwd", folder_.artifacts() / "link");
  std::filesystem::create_directory_symlink("/etc", folder_.artifacts() / "folder");
  mkfifo((folder_.artifacts() / "pipe").c_str(), 0600);
  EXPECT_EQ(list_artifacts(folder_).value(), (std::vector<std::string>{"a.txt", "sub/model.bin"}));
  EXPECT_EQ(list_artifacts(folder_, 1)->size(), 1U);
}
