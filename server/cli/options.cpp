#include "server/cli/options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <map>

#include "server/cli/add_command.h"
#include "server/cli/exit_code.h"

namespace pawl {

CLI::App& add_command(CLI::App& app, Options& options, Command command, const char* name,
                      const char* about) {
  CLI::App* const added = app.add_subcommand(name, about);
  added->fallthrough();  // --json may stand behind the command
  added->callback([&options, command] { options.command = command; });
  return *added;
}

namespace {

constexpr std::uint16_t kHttpPort = 7723;  // of --http without one

void add_agent(CLI::App& command, Options& options) {
  command.add_option("--agent", options.agent, "label of the agent, shown beside its jobs")
      ->envname("PAWL_AGENT");
}

void add_server_commands(CLI::App& app, Options& options) {
  auto& serve =
      add_command(app, options, Command::kServe, "serve", "run the server in the foreground");
  // The variable reaches a server that a shim starts.
  auto* const http =
      serve
          .add_option("--http", options.serve.http_port,
                      "MCP over HTTP too, on this port of 127.0.0.1 (7723; 0: a free one)")
          ->expected(0, 1)
          ->envname("PAWL_HTTP");
  serve.final_callback([&options, http] {
    if (http->count() > 0 && !options.serve.http_port) options.serve.http_port = kHttpPort;
  });
  auto& mcp = add_command(app, options, Command::kMcp, "mcp",
                          "speak MCP on stdin and stdout (for clients)");
  add_agent(mcp, options);
  add_command(app, options, Command::kStatus, "status",
              "the server: version, slots, policy, trust");
  add_command(app, options, Command::kDoctor, "doctor",
              "check this machine and say what is missing");
  add_command(app, options, Command::kVersion, "version", "print the version");
}

void add_job_commands(CLI::App& app, Options& options) {
  auto& jobs =
      add_command(app, options, Command::kJobs, "jobs", "the newest jobs of this repository");
  jobs.add_option("-n,--limit", options.limit, "how many")->check(CLI::Range(1, 1000));
  auto& job = add_command(app, options, Command::kJob, "job", "all about one job");
  job.add_option("job", options.jobs, "handle, such as 042")->required()->expected(1);
  job.add_option("--section", options.sections, "only these: error, metrics, attempts, ...");
  auto& logs = add_command(app, options, Command::kLogs, "logs", "what a job wrote");
  logs.add_option("job", options.jobs, "handle, such as 042")->required()->expected(1);
  logs.add_option("--mode", options.mode, "error, tail, head or grep")->capture_default_str();
  logs.add_option("--grep", options.pattern, "only lines with this text")
      ->each([&options](const std::string&) { options.mode = "grep"; });
  logs.add_option("-n,--lines", options.lines, "how many")->capture_default_str();
  auto& compare = add_command(app, options, Command::kCompare, "compare",
                              "jobs beside the first of them, or the effects of one sweep");
  compare.add_option("jobs", options.jobs, "two to six jobs, or one round such as r7")
      ->required()
      ->expected(1, 6);
  auto& wait = add_command(app, options, Command::kWait, "wait", "wait until jobs end");
  wait.add_option("jobs", options.jobs, "jobs or rounds")->required();
  wait.add_option("--until", options.until, "all, any, improved or a number")
      ->capture_default_str();
  wait.add_option("--timeout", options.timeout_s, "seconds; exit code 124 when they are over")
      ->check(CLI::NonNegativeNumber);
  auto& cancel = add_command(app, options, Command::kCancel, "cancel", "stop jobs for good");
  cancel.add_option("jobs", options.jobs, "jobs or rounds")->required();
  cancel.add_option("--why", options.why, "kept with the jobs");
}

void add_budget_commands(CLI::App& app, Options& options) {
  auto& budget = *app.add_subcommand("budget", "what is spent, reserved and left");
  budget.fallthrough();
  budget.require_subcommand(0, 1);
  budget.add_option("--by", options.by, "stage, round or agent")->capture_default_str();
  budget.callback([&options, &budget] {
    if (budget.get_subcommands().empty()) options.command = Command::kBudget;
  });
  auto& add = add_command(budget, options, Command::kBudgetAdd, "add", "raise one cap for a while");
  add.add_option("usd", options.usd, "how much more, such as 10")->required();
  add.add_option("--until", options.raised_until, "07:00, or 8h from now")->required();
  add.add_option("--why", options.why, "kept in the ledger")->required();
  add.add_option("--node", options.node, "global, project:NAME or agent:NAME")
      ->capture_default_str();
  add.add_option("--window", options.window, "day, total, ...: a key of [budget]")
      ->capture_default_str();
  add_command(budget, options, Command::kBudgetAllowances, "allowances",
              "what was added and still lasts");
}

void add_policy_commands(CLI::App& app, Options& options) {
  auto& policy = *app.add_subcommand("policy", "the rules that a human wrote");
  policy.fallthrough();
  policy.require_subcommand(1);
  using Verb = PolicyCommand::Verb;
  const auto verb = [&](const char* name, const char* about, Verb value) -> CLI::App& {
    CLI::App& added = add_command(policy, options, Command::kPolicy, name, about);
    added.parse_complete_callback([&options, value] { options.policy.verb = value; });
    return added;
  };
  verb("check", "parse a policy file and say what is wrong", Verb::kCheck)
      .add_option("file", options.policy.file, "the file; absent: the folder's");
  auto& explain = add_command(policy, options, Command::kPolicyExplain, "explain",
                              "what holds for a stage, and why; what waits for an approval");
  explain.add_option("--stage", options.policy.stage, "absent: every stage");
  explain.add_option("--agent", options.policy.agent, "as this agent");
  verb("schema", "print the JSON Schema of policy files, for editors", Verb::kSchema);
  auto& test = verb("test", "what a policy would have refused of what was submitted", Verb::kTest);
  test.add_option("file", options.policy.file, "the policy to try: a file or a folder")->required();
  test.add_option("--last", options.policy.minutes, "such as 7d or 12h")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, std::int64_t>{{"m", 1}, {"h", 60}, {"d", 60 * 24}},
          CLI::AsNumberWithUnit::UNIT_REQUIRED, "DURATION"))
      ->check(CLI::PositiveNumber);
  add_command(policy, options, Command::kPolicyDiff, "diff",
              "what the files ask for beyond what is in force");
  auto& approve = add_command(policy, options, Command::kPolicyApprove, "approve",
                              "put the files in force, looser values too");
  approve.add_option("--digest", options.digest, "of what you looked at, as diff shows it");
  approve.add_flag("--yes", options.yes, "ask nobody");
  add_command(policy, options, Command::kPolicyLog, "log", "what changed, and who approved it");
}

void add_simulate_command(CLI::App& app, Options& options) {
  auto& simulate = add_command(app, options, Command::kSimulate, "simulate",
                               "live through a scenario's night by a virtual clock");
  simulate.add_option("scenario", options.simulate.scenario, "its file")->required();
  simulate.add_option("--policy", options.simulate.policy,
                      "what limits it: a file, or a folder without pools");
  simulate.add_option("--seed", options.simulate.seed, "another one is another night")
      ->capture_default_str();
}

void add_report_command(CLI::App& app, Options& options) {
  auto& report =
      add_command(app, options, Command::kReport, "report", "what the last night brought");
  report.add_flag("--morning", options.morning, "the whole report, which is the default");
  auto* const tsv = report.add_flag("--tsv", options.tsv, "every decided job, as results.tsv");
  report.add_option("--svg", options.svg, "write the staircase to this file as a picture")
      ->excludes(tsv);
  report.add_option("--since", options.since_minutes, "such as 12h, 90m or 2d; absent: last night")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, std::int64_t>{{"m", 1}, {"h", 60}, {"d", 60 * 24}},
          CLI::AsNumberWithUnit::UNIT_REQUIRED, "DURATION"))
      ->check(CLI::PositiveNumber);
}

void add_token_commands(CLI::App& app, Options& options) {
  auto& token = add_command(app, options, Command::kToken, "token", "who may come in over HTTP");
  token.require_subcommand(1);
  const auto verb = [&](const char* name, const char* about, TokenVerb value) {
    CLI::App* const added = token.add_subcommand(name, about);
    added->fallthrough();
    added->callback([&options, value] { options.token_verb = value; });
    return added;
  };
  auto* const create = verb("create", "make a token; it is shown once", TokenVerb::kCreate);
  create->add_option("name", options.token_name, "whom it stands for: caps of the policy match it")
      ->required();
  create->add_option("--project", options.project, "a folder of the project; absent: this one");
  create->add_flag("--admin", options.admin, "it speaks for a human: approves, raises, registers");
  verb("list", "names and projects, without secrets", TokenVerb::kList);
  verb("revoke", "end a token", TokenVerb::kRevoke)
      ->add_option("name", options.token_name, "as it was created")
      ->required();
}

void add_call_command(CLI::App& app, Options& options) {
  auto& call = add_command(app, options, Command::kCall, "call", "call one tool as an agent would");
  auto* const list = call.add_flag("--list", options.list, "list the tools instead (Markdown)");
  call.add_option("tool", options.tool, "its name")->excludes(list);
  call.add_option("arguments", options.arguments, "a JSON object");
  add_agent(call, options);
}

void add_volume_commands(CLI::App& app, Options& options) {
  auto& volume = *app.add_subcommand("volume", "data that experiments read");
  volume.fallthrough();
  volume.require_subcommand(1);
  auto& added = add_command(volume, options, Command::kVolumeAdd, "add",
                            "register a folder with the digest of what it holds");
  added.add_option("name", options.volume, "as pawl.toml names it")->required();
  added.add_option("folder", options.folder, "where it lies")->required();
  add_command(volume, options, Command::kVolumeList, "list", "all registered volumes");
  auto& verify = add_command(volume, options, Command::kVolumeVerify, "verify",
                             "read every byte again and compare the digest");
  verify.add_option("name", options.volume, "as list shows it")->required();
}

void add_approval_commands(CLI::App& app, Options& options) {
  add_command(app, options, Command::kApprovals, "approvals", "what waits for a human's answer");
  auto& approve = add_command(app, options, Command::kApprove, "approve",
                              "say yes: what is held for it may run");
  approve.add_option("approval", options.approval, "such as a4")->required();
  approve.add_option("--why", options.why, "kept with the answer");
  auto& deny =
      add_command(app, options, Command::kDeny, "deny", "say no: what is held for it is cancelled");
  deny.add_option("approval", options.approval, "such as a4")->required();
  deny.add_option("--why", options.why, "told to the agent")->required();
}

void add_pool_commands(CLI::App& app, Options& options) {
  add_command(app, options, Command::kPools, "pools",
              "where experiments run: prices, free units, what runs there showed");
  auto& pool = *app.add_subcommand("pool", "one pool");
  pool.fallthrough();
  pool.require_subcommand(1);
  add_command(pool, options, Command::kPoolOpen, "open",
              "let a pool take jobs again that an overrun froze")
      .add_option("name", options.pool, "as pools shows it")
      ->required();
}

// "pawl: usd is required", then where the help of the command that was begun is.
std::string mistake_in(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* command = &app;
  std::string name = app.get_name();
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().back();
    name += " " + command->get_name();
  }
  std::string text = std::string("pawl: ") + error.what() + "\n";
  std::string known;
  for (const CLI::App* each : command->get_subcommands([](const CLI::App*) { return true; }))
    known += (known.empty() ? "" : ", ") + each->get_name();
  if (!known.empty()) text += "Its commands are " + known + ".\n";
  return text + "See `" + name + " --help`.\n";
}

}  // namespace

std::expected<Options, Finished> parse_command_line(int argc, const char* const* argv,
                                                    const std::string& version) {
  Options options;
  CLI::App app("pawl runs an agent's experiments on GPUs, inside the budget a human set.", "pawl");
  app.set_version_flag("--version", "pawl " + version);
  app.add_flag("--json", options.json, "print JSON");
  app.require_subcommand(1);
  add_server_commands(app, options);
  add_first_steps(app, options);
  add_job_commands(app, options);
  add_budget_commands(app, options);
  add_policy_commands(app, options);
  add_simulate_command(app, options);
  add_call_command(app, options);
  add_report_command(app, options);
  add_token_commands(app, options);
  add_volume_commands(app, options);
  add_approval_commands(app, options);
  add_pool_commands(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help and --version
    app.exit(request, std::cout, std::cerr);
    return std::unexpected(Finished{kExitOk});
  } catch (const CLI::ParseError& error) {
    std::cerr << mistake_in(app, error);
    return std::unexpected(Finished{kExitUsage});
  }
  if (options.command == Command::kCall && !options.list && options.tool.empty()) {
    std::cerr << "pawl: call needs the name of a tool\nSee `pawl call --list`.\n";
    return std::unexpected(Finished{kExitUsage});
  }
  options.policy.json = options.json;
  options.simulate.json = options.json;
  return options;
}

}  // namespace pawl
