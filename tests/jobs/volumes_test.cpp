// Data that a human registered, and what happens when it is not what it was.
#include "server/store/volumes.h"

#include <fstream>

#include "server/store/projects.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

namespace fs = std::filesystem;

class Volumes : public Night {
 protected:
  Volumes() {
    world().home = top_ / "home";
    data("text", "the words\n");
    commit("pawl.toml",
           "name = \"tiny\"\ncommand = [\"./train\"]\n[goal]\nmetric = \"val_bpb\"\ndirection = "
           "\"min\"\n[params.n]\ntype = \"int\"\ndefault = 0\n"
           "[[volume]]\nname = \"corpus\"\nsource = \"~/corpus\"\npath = \"~/.cache/corpus\"\n");
    approve_head();
  }

  void approve_head() {
    const Project project =
        store().read([](Reader& reader) { return find_project(reader, ProjectId{1}); }).value();
    NewProject approved = project;
    approved.base_commit =
        world().sources.repository(project).value().resolve("HEAD").value().commit;
    ASSERT_TRUE(store().write([&](Transaction& tx) { return pin_base(tx, project.id, approved); }));
  }
  void data(const std::string& name, const std::string& text) {
    fs::create_directories(corpus());
    std::ofstream(corpus() / name) << text;
  }
  void init() {
    const auto done = service().init(agent());
    ASSERT_TRUE(done) << done.error().message;
  }
  fs::path corpus() const { return top_ / "home/corpus"; }
};

TEST_F(Volumes, InitRegistersWhatTheBaseNames) {
  init();
  const auto volumes = service().volumes().value();
  ASSERT_EQ(volumes.size(), 1U);
  EXPECT_EQ(volumes[0].name, "tiny/corpus");
  EXPECT_EQ(volumes[0].source, fs::canonical(corpus()).string());
  EXPECT_EQ(volumes[0].files, 1);
}

TEST_F(Volumes, AnExperimentSeesItInItsHome) {
  init();
  const std::int64_t job = submit("first");
  EXPECT_EQ(runner().spec(running(job)).volumes,
            (std::vector<Volume>{{fs::canonical(corpus()), ".cache/corpus"}}));
}

TEST_F(Volumes, WithoutRegistrationASubmitIsRefused) {
  const Error error = refusal(try_submit(request("first")));
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_EQ(error.message, "volume \"tiny/corpus\" is not registered");
  EXPECT_NE(error.hint.find("pawl init"), std::string::npos);
}

TEST_F(Volumes, OneThatChangedStopsTheLaunchAndIsNotTriedAgain) {
  init();
  data("text", "other words\n");
  const std::int64_t job = submit("first");
  until_state(job, JobState::kFailed);
  EXPECT_EQ(row(job).reason, Reason::kEnvironment);
  EXPECT_EQ(row(job).attempts, 1);
  EXPECT_EQ(row(job).detail, "volume \"tiny/corpus\" at " + fs::canonical(corpus()).string() +
                                 " changed since it was registered");
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(Volumes, OneThatVanishedStopsTheLaunch) {
  init();
  const std::string place = fs::canonical(corpus()).string();
  fs::remove_all(corpus());
  const std::int64_t job = submit("first");
  until_state(job, JobState::kFailed);
  EXPECT_EQ(row(job).detail, "volume \"tiny/corpus\" at " + place + " is not there");
}

TEST_F(Volumes, AddedAgainItIsWhatItIsNow) {
  init();
  data("text", "other words\n");
  ASSERT_TRUE(service().add_volume(agent(), "tiny/corpus", corpus().string()));
  finish(submit("first"), 1.5);
  EXPECT_EQ(row(1).state, JobState::kSucceeded);
}

TEST_F(Volumes, TheSameBytesCopiedBackAreVerified) {
  init();
  data("text", "the words\n");
  fs::last_write_time(corpus() / "text", fs::file_time_type() + std::chrono::hours(1));
  ASSERT_TRUE(service().verify_volume("tiny/corpus"));
  running(submit("first"));
}

TEST_F(Volumes, VerifyingFindsAChangeThatKeepsSizeAndTime) {
  init();
  const auto time = fs::last_write_time(corpus() / "text");
  data("text", "the wards\n");
  fs::last_write_time(corpus() / "text", time);
  const Error error = refusal(service().verify_volume("tiny/corpus"));
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_NE(error.message.find("and was registered as"), std::string::npos);
}

TEST_F(Volumes, AnUnknownOneIsNotFound) {
  EXPECT_EQ(refusal(service().verify_volume("nothing")).kind, ErrorKind::kNotFound);
  EXPECT_EQ(refusal(service().add_volume(agent(), "a b", "/tmp")).kind, ErrorKind::kInvalid);
  EXPECT_EQ(refusal(service().add_volume(agent(), "a", (top_ / "none").string())).kind,
            ErrorKind::kNotFound);
}

}  // namespace
