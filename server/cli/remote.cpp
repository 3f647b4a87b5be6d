#include "server/cli/remote.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "server/cli/exit_code.h"

namespace pawl {
namespace {

constexpr std::int64_t kWaitSecondsMax = 3'600;  // of one wait_jobs

Arguments log_arguments(const Options& options) {
  Arguments arguments = {
      {"job", options.jobs.front()}, {"mode", options.mode}, {"lines", options.lines}};
  if (!options.pattern.empty()) arguments.emplace_back("pattern", options.pattern);
  return arguments;
}

Arguments job_arguments(const Options& options) {
  Arguments arguments = {{"job", options.jobs.front()}};
  if (!options.sections.empty()) arguments.emplace_back("sections", options.sections);
  return arguments;
}

Arguments raise_arguments(const Options& options) {
  return {{"usd", options.usd},
          {"until", options.raised_until},
          {"why", options.why},
          {"node", options.node},
          {"window", options.window}};
}

Arguments compare_arguments(const Options& options) {
  if (options.jobs.size() == 1) return {{"round", options.jobs.front()}};
  return {{"jobs", options.jobs}};
}

Arguments report_arguments(const Options& options) {
  Arguments arguments;
  if (options.tsv) arguments.emplace_back("form", "tsv");
  if (!options.svg.empty()) arguments.emplace_back("form", "svg");
  if (options.since_minutes > 0) arguments.emplace_back("since_minutes", options.since_minutes);
  return arguments;
}

// The picture goes to its file; people are told where.
int save(const Answer& answer, const std::string& path) {
  if (!answer.code.empty()) return print(answer, false);
  std::ofstream file(path, std::ios::binary);
  file << answer.text << std::flush;
  if (file) {
    std::cout << "wrote " << path << "\n";
    return kExitOk;
  }
  return print(Error{.kind = ErrorKind::kEngine,
                     .message = "could not write " + path,
                     .hint = "Name a file in a folder that exists and is yours."});
}

Result<Answer> wait_for(Client& client, const Options& options) {
  const bool endless = options.timeout_s == 0;
  std::int64_t left = options.timeout_s;
  for (;;) {
    const std::int64_t now = endless ? kWaitSecondsMax : std::min(left, kWaitSecondsMax);
    TRY(Answer answer,
        client.call("wait_jobs",
                    {{"jobs", options.jobs}, {"until", options.until}, {"timeout_s", now}}));
    left -= now;
    if (answer.status != "still_running" || (!endless && left <= 0)) return answer;
  }
}

// The server has another working directory.
std::string absolute(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(folder, error);
  return error ? folder : path.lexically_normal().string();
}

RemoteCall token_call(const Options& options) {
  switch (options.token_verb) {
    case TokenVerb::kCreate: {
      Arguments arguments = {{"name", options.token_name}};
      if (!options.project.empty()) arguments.emplace_back("directory", absolute(options.project));
      if (options.admin) arguments.emplace_back("admin", true);
      return {"token_create", std::move(arguments), true};
    }
    case TokenVerb::kList:
      return {"token_list", {}, true};
    case TokenVerb::kRevoke:
      return {"token_revoke", {{"name", options.token_name}}, true};
  }
  __builtin_unreachable();
}

// Calls that agents may make next mean nothing on a terminal.
std::string without_next(const std::string& text) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("next: ")) kept += line + "\n";
  }
  return kept;
}

}  // namespace

RemoteCall remote_call(const Options& options) {
  switch (options.command) {
    case Command::kStatus:
      return {"status", {}, true};
    case Command::kJobs:
      return {"jobs", {{"limit", options.limit}}, true};
    case Command::kInit:
      return {"init", {}, true};
    case Command::kJob:
      return {"job", job_arguments(options), true};
    case Command::kLogs:
      return {"get_logs", log_arguments(options)};
    case Command::kCompare:
      return {"compare_experiments", compare_arguments(options)};
    case Command::kBudget:
      return {"cost_status", {{"by", options.by}}};
    case Command::kCancel:
      return {"cancel_jobs", {{"jobs", options.jobs}, {"why", options.why}}};
    case Command::kReport:
      return {"report", report_arguments(options), true};
    case Command::kToken:
      return token_call(options);
    case Command::kBudgetAdd:
      return {"budget_add", raise_arguments(options), true};
    case Command::kBudgetAllowances:
      return {"budget_allowances", {}, true};
    case Command::kPolicyExplain:
      return {"policy_explain",
              {{"stage", options.policy.stage}, {"agent", options.policy.agent}},
              true};
    case Command::kPolicyDiff:
      return {"policy_diff", {}, true};
    case Command::kPolicyLog:
      return {"policy_log", {}, true};
    case Command::kVolumeAdd:
      return {"volume_add", {{"name", options.volume}, {"folder", absolute(options.folder)}}, true};
    case Command::kVolumeList:
      return {"volume_list", {}, true};
    case Command::kVolumeVerify:
      return {"volume_verify", {{"name", options.volume}}, true};
    case Command::kApprovals:
      return {"approvals", {}, true};
    case Command::kApprove:
      return {"approve", {{"approval", options.approval}, {"why", options.why}}, true};
    case Command::kDeny:
      return {"deny", {{"approval", options.approval}, {"why", options.why}}, true};
    case Command::kPools:
      return {"pools", {}, true};
    case Command::kPoolOpen:
      return {"pool_open", {{"name", options.pool}}, true};
    case Command::kSetup:
    case Command::kInstall:
    case Command::kServe:
    case Command::kMcp:
    case Command::kPolicy:
    case Command::kPolicyApprove:
    case Command::kDoctor:
    case Command::kSimulate:
    case Command::kCall:
    case Command::kWait:
    case Command::kVersion:
      break;
  }
  return {};
}

Result<Answer> ask(Client& client, const Options& options) {
  if (options.command == Command::kWait) return wait_for(client, options);
  if (options.command == Command::kCall) return client.call_text(options.tool, options.arguments);
  const RemoteCall call = remote_call(options);
  return call.of_operator ? client.operate(call.tool, call.arguments)
                          : client.call(call.tool, call.arguments);
}

int print(const Answer& answer, const Options& options) {
  if (options.command == Command::kReport && !options.svg.empty()) return save(answer, options.svg);
  return print(answer, options.json);
}

int print(const Answer& answer, bool json) {
  if (json) std::cout << answer.structured << "\n";
  if (!answer.code.empty()) {
    std::cerr << "pawl: " << answer.text << "\n";
  } else if (!json) {
    std::cout << without_next(answer.text);
  }
  return exit_code_of(answer);
}

int print(const Error& error) {
  std::cerr << "pawl: " << error.message << "\n";
  if (!error.hint.empty()) std::cerr << error.hint << "\n";
  return exit_code_of(error.kind);
}

}  // namespace pawl
