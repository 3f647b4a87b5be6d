// Commands, their output and their exit codes.
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

#include "server/cli/exit_code.h"
#include "tests/cli/fixture.h"

using namespace pawl;

class CommandLine : public CommandLineTest {
 protected:
  // A repository with one committed file.
  std::filesystem::path repository(const std::string& file, const std::string& text) const {
    const std::filesystem::path top = folder.path / "tiny";
    std::filesystem::create_directory(top);
    std::ofstream(top / file) << text;
    const std::string git =
        "git -C '" + top.string() + "' -c user.name=h -c user.email=h@localhost ";
    const std::string all = git + "init && " + git + "add -A && " + git + "commit -m change";
    EXPECT_EQ(std::system(("{ " + all + "; } >/dev/null 2>&1").c_str()), 0);
    return top;
  }
};

// The folder that the command is run in.
class InFolder {
 public:
  explicit InFolder(const std::filesystem::path& folder)
      : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  ~InFolder() { std::filesystem::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  std::filesystem::path before_;
};

const std::string kTiny =
    "name = \"tiny\"\ncommand = [\"./train\"]\n[goal]\nmetric = \"val_bpb\"\ndirection = "
    "\"min\"\n";

TEST_F(CommandLine, PrintsItsVersion) {
  EXPECT_EQ(run({"--version"}).out, "pawl 0.1.0\n");
  const Ran ran = run({"version"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "pawl 0.1.0\n");
}

TEST_F(CommandLine, HelpNamesEveryCommand) {
  const Ran ran = run({"--help"});
  EXPECT_EQ(ran.exit_code, 0);
  for (const char* command :
       {"serve",  "mcp",     "status", "jobs",  "job",    "logs",    "budget",
        "policy", "doctor",  "call",   "init",  "setup",  "install", "wait",
        "cancel", "version", "report", "token", "volume", "pools",   "pool"}) {
    EXPECT_NE(ran.out.find(std::string("  ") + command), std::string::npos) << command;
  }
}

TEST_F(CommandLine, AMistypedCommandLineIsUsage) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"statsu"},
                                                    {"jobs", "--limt", "3"},
                                                    {"job"},
                                                    {"call"},
                                                    {"jobs", "--limit", "0"},
                                                    {"policy"},
                                                    {"volume"},
                                                    {"volume", "add", "corpus"},
                                                    {"wait"}}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_TRUE(ran.err.starts_with("pawl: ")) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

TEST_F(CommandLine, WithoutADaemonTheExitCodeIsFive) {
  const Ran ran = run({"status"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_EQ(ran.err, "pawl: could not reach a server on " + socket.string() +
                         ": No such file or directory\nStart one with `pawl serve`.\n");
}

TEST_F(CommandLine, ADaemonThatGoesAwayInTheMiddleIsFiveToo) {
  auto listener = listen_unix(socket);
  ASSERT_TRUE(listener);
  std::jthread server([&] { const Descriptor client(accept(listener->get(), nullptr, nullptr)); });
  const Ran ran = run({"status"});
  EXPECT_EQ(ran.exit_code, 5);
}

TEST_F(CommandLine, InitStartsTheDaemon) {
  std::unique_ptr<TestDaemon> daemon;
  programs.start_server = [&](const Folders& folders) -> Result<void> {
    daemon = std::make_unique<TestDaemon>(folders.socket());
    return {};
  };
  const InFolder there(repository("pawl.toml", kTiny));
  const Ran ran = run({"init"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_NE(ran.out.find("\ntiny is registered: val_bpb counts from"), std::string::npos);
  EXPECT_NE(ran.out.find("\ngoal      val_bpb, lower is better\n"), std::string::npos) << ran.out;
  EXPECT_TRUE(std::filesystem::exists(folder.path / "config/policies/pools.toml"));
}

TEST_F(CommandLine, InitWithJsonPrintsTheAnswerAlone) {
  const TestDaemon daemon(socket);
  const InFolder there(repository("pawl.toml", kTiny));
  const Ran ran = run({"init", "--json"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with(R"({"summary":"tiny is registered)")) << ran.out;
  EXPECT_NE(ran.err.find("policy: written to"), std::string::npos);
}

TEST_F(CommandLine, InitThatCannotRegisterYetStartsNothing) {
  const InFolder there(repository("main.c", "\n"));
  EXPECT_EQ(run({"init"}).exit_code, 2);  // neither a command nor a terminal
  const Ran wrote = run({"init", "--command", "./run", "--metric", "loss", "--direction", "min"});
  EXPECT_EQ(wrote.exit_code, 0) << wrote.err;
  EXPECT_NE(wrote.out.find("commit -m"), std::string::npos);
  EXPECT_EQ(run({"init"}).exit_code, 1);  // still not committed
}

TEST_F(CommandLine, AnswersAreForPeople) {
  const TestDaemon daemon(socket);
  const Ran ran = run({"job", "044"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_TRUE(ran.out.starts_with("044-some-words (screen) is failed, user_code: exit code 1.\n"));
  EXPECT_EQ(ran.out.find("\nnext: "), std::string::npos);
  EXPECT_EQ(ran.err, "");
}

TEST_F(CommandLine, AFolderOfAVolumeIsFoundFromWhereTheHumanIs) {
  const TestDaemon daemon(socket);
  const Ran ran = run({"volume", "add", "corpus", "data/./raw"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("Volume corpus is registered: 3 files, 4096 bytes.\n"));
  const std::string here = std::filesystem::current_path().string();
  EXPECT_NE(ran.out.find(here + "/data/raw"), std::string::npos) << ran.out;
}

TEST_F(CommandLine, VolumesAreListedAndVerified) {
  TestDaemon daemon(socket);
  EXPECT_TRUE(run({"volume", "list"}).out.starts_with("1 volume.\n"));
  EXPECT_TRUE(run({"volume", "verify", "corpus"})
                  .out.starts_with("Volume corpus holds what was registered.\n"));
  daemon.world.volume = [](const std::string&, const std::string&) -> Result<VolumeLine> {
    return fail(ErrorKind::kInvalid, "volume \"corpus\" changed");
  };
  EXPECT_EQ(run({"volume", "verify", "corpus"}).exit_code, 2);
}

TEST_F(CommandLine, AFrozenPoolIsShownAndOpened) {
  const TestDaemon daemon(socket);
  const Ran pools = run({"pools"});
  EXPECT_TRUE(pools.out.starts_with("1 offer.\n")) << pools.err;
  EXPECT_NE(pools.out.find("`pawl pool open box` once you have looked"), std::string::npos);
  EXPECT_TRUE(run({"pool", "open", "box"}).out.starts_with("Pool box takes jobs again.\n"));
}

TEST_F(CommandLine, JsonIsOneObject) {
  const TestDaemon daemon(socket);
  const Ran ran = run({"jobs", "--json"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_TRUE(ran.out.starts_with(R"({"summary":"1 job: 1 succeeded.","columns":["job",)"));
  EXPECT_EQ(run({"--json", "jobs"}).out, ran.out);
}

TEST_F(CommandLine, EachErrorHasItsExitCode) {
  TestDaemon daemon(socket);
  ErrorKind kind{};
  daemon.world.job = [&](const std::string&) -> Result<JobDetail> { return fail(kind, "no"); };
  const std::vector<std::pair<ErrorKind, int>> codes = {
      {ErrorKind::kInvalid, 2},  {ErrorKind::kDenied, 3},   {ErrorKind::kNotFound, 4},
      {ErrorKind::kConflict, 1}, {ErrorKind::kInternal, 1}, {ErrorKind::kEngine, 1}};
  for (const auto& [each, code] : codes) {
    kind = each;
    EXPECT_EQ(run({"job", "042"}).exit_code, code);
  }
  kind = ErrorKind::kNotFound;
  EXPECT_EQ(run({"job", "042"}).err, "pawl: NOT_FOUND no.\n");
  EXPECT_EQ(run({"--json", "job", "042"}).out,
            "{\"code\":\"NOT_FOUND\",\"error\":\"NOT_FOUND no.\"}\n");
}

TEST_F(CommandLine, AHeldJobIsSix) {
  TestDaemon daemon(socket);
  daemon.world.submit = [](const SubmitRequest&) -> Result<SubmitReply> {
    SubmitReply reply;
    reply.jobs = {{fake::job(42, JobState::kHeld, "big"), false}};
    return reply;
  };
  EXPECT_EQ(run({"call", "submit_experiment", R"({"title":"big"})"}).exit_code, 6);
}

TEST_F(CommandLine, AWaitThatTimesOutIsOneHundredAndTwentyFour) {
  TestDaemon daemon(socket);
  std::vector<std::int64_t> asked;
  daemon.world.wait = [&](const WaitRequest& request, std::stop_token,
                          const auto&) -> Result<WaitReply> {
    asked.push_back(request.timeout.count() / 1000);
    return WaitReply{.finished = {}, .waiting = {}, .timed_out = true};
  };
  EXPECT_EQ(run({"wait", "042", "r7", "--timeout", "5000"}).exit_code, 124);
  EXPECT_EQ(asked, (std::vector<std::int64_t>{3'600, 1'400}));  // longer than one call may wait
}

TEST_F(CommandLine, AWaitWithoutATimeoutGoesOnUntilTheEnd) {
  TestDaemon daemon(socket);
  int calls = 0;
  daemon.world.wait = [&](const WaitRequest& request, std::stop_token,
                          const auto&) -> Result<WaitReply> {
    EXPECT_EQ(request.jobs, std::vector<std::string>{"042"});
    return WaitReply{.finished = {}, .waiting = {}, .timed_out = ++calls < 3};
  };
  EXPECT_EQ(run({"wait", "042"}).exit_code, 0);
  EXPECT_EQ(calls, 3);
}

TEST_F(CommandLine, CallSpeaksAsAnAgent) {
  TestDaemon daemon(socket);
  const Ran ran = run({"call", "briefing", R"({"detail":"detailed"})", "--agent", "a7"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(daemon.world.callers.at(0).agent, "a7");
  EXPECT_EQ(daemon.world.callers.at(0).directory, std::filesystem::current_path());
  EXPECT_EQ(run({"call", "briefing", "{"}).exit_code, 2);
  EXPECT_EQ(run({"call", "breifing"}).err,
            "pawl: unknown tool \"breifing\". Did you mean \"briefing\"?\n");
}

TEST_F(CommandLine, CallListsTheToolsWithoutADaemon) {
  const Ran ran = run({"call", "--list"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_TRUE(ran.out.starts_with("| tool | arguments (default) | what it gives |\n"));
  EXPECT_NE(ran.out.find("| `wait_jobs` | `jobs`, `until` (\"all\"), "), std::string::npos)
      << ran.out;
}

TEST_F(CommandLine, LogsTakeTheirWords) {
  TestDaemon daemon(socket);
  LogRequest asked;
  daemon.world.logs = [&](const LogRequest& request) -> Result<LogReply> {
    asked = request;
    return LogReply{};
  };
  run({"logs", "042", "--grep", "loss", "-n", "7"});
  EXPECT_EQ(asked.mode, LogMode::kGrep);
  EXPECT_EQ(asked.pattern, "loss");
  EXPECT_EQ(asked.lines, 7);
  run({"logs", "042"});
  EXPECT_EQ(asked.mode, LogMode::kTail);
}

TEST_F(CommandLine, TheOtherCommandsAreMains) {
  programs.serve = [&](const Folders& folders, const ServeOptions& options) {
    EXPECT_EQ(options.http_port, std::nullopt);
    EXPECT_EQ(folders.state, folder.path / "state");
    return 11;
  };
  programs.policy = [](const Folders&, const PolicyCommand& command) {
    EXPECT_EQ(command.verb, PolicyCommand::Verb::kInForce);
    EXPECT_EQ(command.stage, "screen");
    return 12;
  };
  programs.doctor = [](const Folders&, bool json) { return json ? 13 : 0; };
  EXPECT_EQ(run({"serve"}).exit_code, 11);
  EXPECT_EQ(run({"policy", "explain", "--stage", "screen"}).exit_code, 12);
  EXPECT_EQ(run({"doctor", "--json"}).exit_code, 13);
}

TEST_F(CommandLine, ThePolicysVerbsAreToldApart) {
  std::vector<PolicyCommand::Verb> asked;
  programs.policy = [&](const Folders&, const PolicyCommand& command) {
    asked.push_back(command.verb);
    return 0;
  };
  run({"policy", "schema"});
  run({"policy", "check", "file.toml"});
  run({"policy", "test", "file.toml", "--last", "7d"});
  using Verb = PolicyCommand::Verb;
  EXPECT_EQ(asked, (std::vector{Verb::kSchema, Verb::kCheck, Verb::kTest}));
}

TEST_F(CommandLine, JobsAreComparedOrOneRound) {
  TestDaemon daemon(socket);
  CompareRequest asked;
  daemon.world.compare = [&, reply = daemon.world.compare](const CompareRequest& request) {
    asked = request;
    return reply(request);
  };
  EXPECT_EQ(run({"compare", "042", "043"}).exit_code, 0);
  EXPECT_EQ(asked.jobs, (std::vector<std::string>{"042", "043"}));
  EXPECT_EQ(run({"compare", "r7"}).exit_code, 0);
  EXPECT_EQ(asked.round, "r7");
  EXPECT_EQ(run({"compare"}).exit_code, 2);
}

TEST_F(CommandLine, AnAdminsTokenIsShownToTheOwnerOfTheState) {
  TestDaemon daemon(socket);
  setenv("PAWL_TOKEN", "pawl_admin", 1);
  const Ran ran = run({"policy", "approve", "--yes"});
  unsetenv("PAWL_TOKEN");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(daemon.world.callers.back().secret, "pawl_admin");
}

TEST_F(CommandLine, HttpHasAUsualPortAndAVariable) {
  std::optional<std::uint16_t> port;
  programs.serve = [&](const Folders&, const ServeOptions& options) {
    port = options.http_port;
    return 0;
  };
  run({"serve", "--http"});
  EXPECT_EQ(port, 7723);
  run({"serve", "--http", "0"});
  EXPECT_EQ(port, 0);
  run({"serve", "--http", "8080"});
  EXPECT_EQ(port, 8080);
  setenv("PAWL_HTTP", "9090", 1);
  run({"serve"});
  EXPECT_EQ(port, 9090);
  unsetenv("PAWL_HTTP");
  EXPECT_EQ(run({"serve", "--http", "99999"}).exit_code, 2);
}

TEST_F(CommandLine, ATokenIsShownListedAndRevoked) {
  TestDaemon daemon(socket);
  std::string project;
  TokenScope scope{};
  daemon.world.create_token = [&](const std::string& name, TokenScope asked) -> Result<NewToken> {
    EXPECT_EQ(name, "night");
    scope = asked;
    project = daemon.world.callers.back().directory;
    return NewToken{{.name = name, .project = "tiny"}, "pawl_secret"};
  };
  const Ran created = run({"token", "create", "night", "--project", "/srv/tiny"});
  EXPECT_EQ(created.exit_code, 0) << created.err;
  EXPECT_NE(created.out.find("token: pawl_secret\n"), std::string::npos) << created.out;
  EXPECT_EQ(project, "/srv/tiny");
  EXPECT_EQ(scope, TokenScope::kAgent);
  EXPECT_EQ(run({"token", "create", "night", "--admin"}).exit_code, 0);
  EXPECT_EQ(scope, TokenScope::kAdmin);
  const Ran listed = run({"token", "list"});
  EXPECT_NE(listed.out.find("night"), std::string::npos) << listed.out;
  EXPECT_EQ(listed.out.find("pawl_secret"), std::string::npos);
  daemon.world.revoke_token = [](const std::string& name) -> Result<void> {
    return fail(ErrorKind::kNotFound, "there is no token named \"" + name + "\"");
  };
  EXPECT_EQ(run({"token", "revoke", "day"}).exit_code, 4);
  EXPECT_EQ(run({"token"}).exit_code, 2);
}

TEST(Folders, FollowOurVariablesThenXdgThenHome) {
  std::map<std::string, std::string> variables = {{"HOME", "/home/ada"}};
  const auto variable = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  EXPECT_EQ(find_folders(variable)->state, "/home/ada/.local/state/pawl");
  EXPECT_EQ(find_folders(variable)->config, "/home/ada/.config/pawl");
  variables["XDG_STATE_HOME"] = "/x";
  variables["XDG_CONFIG_HOME"] = "relative";  // the specification says: ignore it
  EXPECT_EQ(find_folders(variable)->state, "/x/pawl");
  EXPECT_EQ(find_folders(variable)->config, "/home/ada/.config/pawl");
  variables["PAWL_STATE"] = "/own";
  EXPECT_EQ(find_folders(variable)->state, "/own");
  EXPECT_EQ(find_folders(variable)->socket(), "/own/pawl.sock");
  variables["PAWL_STATE"] = "own";
  EXPECT_EQ(find_folders(variable).error().message, "PAWL_STATE is \"own\"");
  variables = {};
  EXPECT_EQ(find_folders(variable).error().message, "HOME is not set");
}
