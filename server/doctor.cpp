#include "server/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <vector>

#include "server/core/clock.h"
#include "server/jobs/health.h"
#include "server/jobs/notices.h"
#include "server/jobs/paths.h"
#include "server/jobs/rules_folder.h"
#include "server/jobs/shipped_policy.h"
#include "server/jobs/trust.h"
#include "server/runner/inventory.h"
#include "server/runner/local_runner.h"
#include "server/store/ledger_check.h"
#include "server/store/store.h"
#include "server/transport/channel.h"
#include "server/transport/socket.h"
#include "tools/reply.h"

namespace pawl {
namespace {

enum class Verdict : std::uint8_t { kGood, kNote, kBad };

struct Finding {
  Verdict verdict{};
  std::string subject, text;
};

Finding find_server(const Folders& folders) {
  if (connect_unix(folders.socket()))
    return {Verdict::kGood, "server", "answers at " + folders.socket().string()};
  if (folders.of_system())
    return {Verdict::kBad, "server", "not running, or not yours to reach: systemctl status pawl"};
  return {Verdict::kNote, "server", "not running; `pawl serve` or the first `pawl mcp` starts it"};
}

// What the server itself says; nothing where none runs.
std::string ask(const Folders& folders, const std::string& tool) {
  auto socket = connect_unix(folders.socket());
  if (!socket) return "";
  Client client(channel_on(*std::move(socket)), {.directory = "/", .agent = "cli"});
  const auto answer = client.operate(tool, {});
  return answer ? answer->text : "";
}

std::string line_of(const std::string& text, const std::string& name) {
  const std::string start = "\n" + name + ": ";
  const std::size_t at = text.find(start);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + start.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::optional<Finding> find_http(const std::string& status) {
  const std::string url = line_of(status, "http");
  if (!url.starts_with("http://")) return std::nullopt;
  return Finding{Verdict::kGood, "http",
                 url + "; a client needs a token: `pawl token create NAME`"};
}

Finding find_trust(const Folders& folders, const std::string& status) {
  if (line_of(status, "trust") == "separate") {
    return {Verdict::kGood, "trust",
            "separate: the server has a user of its own and only root approves, so a cap is a cap "
            "(as far as agents cannot reach the GPUs themselves)"};
  }
  std::error_code error;
  if (status.empty() && std::filesystem::exists(folders.config / kDigestFile, error))
    return {Verdict::kNote, "trust", "installed as separate; the server can tell when it runs"};
  return {Verdict::kNote, "trust",
          "same-user: not a hard cap; it binds what goes through pawl, not a shell of this user"};
}

std::optional<Finding> find_proposal(const Folders& folders) {
  const std::string diff = ask(folders, "policy_diff");
  const std::string summary = diff.substr(0, diff.find('\n'));
  if (summary.find(" for an approval") == std::string::npos) return std::nullopt;
  return Finding{Verdict::kNote, "policy", summary + " `pawl policy diff` shows what."};
}

// Row by row from the first hash on (L21).
std::optional<Finding> find_ledger(const Paths& paths) {
  std::error_code error;
  if (!std::filesystem::exists(paths.database(), error)) return std::nullopt;
  std::vector<Mismatch> found;
  const auto looked = Store::look(paths.database(), [&](Reader& reader) -> Result<void> {
    TRY(found, verify_ledger(reader));
    return {};
  });
  if (!looked) return Finding{Verdict::kNote, "ledger", "not checked: " + looked.error().message};
  if (found.empty())
    return Finding{Verdict::kGood, "ledger", "adds up, and no row was changed afterwards"};
  return Finding{Verdict::kBad, "ledger", found.front().what};
}

// Each takes no jobs until a human looked.
std::vector<Finding> find_frozen(const Paths& paths) {
  std::vector<Finding> found;
  std::error_code error;
  if (!std::filesystem::exists(paths.database(), error)) return found;
  const auto looked = Store::look(paths.database(), [&](Reader& reader) -> Result<void> {
    TRY(const auto frozen, frozen_pools(reader));
    for (const FrozenPool& pool : frozen) found.push_back({Verdict::kNote, "pool", describe(pool)});
    return {};
  });
  return looked ? found : std::vector<Finding>();  // find_ledger() says why
}

Finding find_state(const Paths& paths) {
  std::error_code error;
  if (!std::filesystem::exists(paths.state, error)) {
    return {Verdict::kNote, "state", paths.state.string() + " does not exist yet"};
  }
  if (access(paths.state.c_str(), W_OK | X_OK) != 0) {
    return {Verdict::kBad, "state", paths.state.string() + " is not writable"};
  }
  if (!disk_has_room(paths.state)) {
    return {Verdict::kBad, "state",
            "the disk under " + paths.state.string() + " is nearly full: launches stop"};
  }
  return {Verdict::kGood, "state", paths.state.string()};
}

Finding find_policy(const Paths& paths) {
  auto files = read_policy_files(paths.policies());
  if (!files) return {Verdict::kBad, "policy", files.error().message};
  if (files->empty())
    return {Verdict::kNote, "policy", "none yet; the first start writes the shipped default"};
  const auto parsed = parse_rules(*files);
  if (!parsed) return {Verdict::kBad, "policy", to_error(parsed.error()).message};
  return {Verdict::kGood, "policy", paths.policies().string()};
}

Finding find_walls() {
  const LocalRunner runner(
      {.keeper = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "pawl-keeper"},
      [](RunnerEvent) {});
  if (runner.boxed())
    return {Verdict::kGood, "walls", "bubblewrap works: jobs run in a box of their own"};
  return {Verdict::kNote, "walls",
          "no bubblewrap, so jobs run without walls: " + runner.unboxed_reason()};
}

Finding find_keeper() {
  const auto keeper = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "pawl-keeper";
  if (access(keeper.c_str(), X_OK) == 0) return {Verdict::kGood, "keeper", keeper.string()};
  return {Verdict::kBad, "keeper", keeper.string() + " is missing: no job can start"};
}

Finding find_machine() {
  const Machine machine = read_machine();
  if (machine.gpus.empty()) {
    return {Verdict::kNote, "slots",
            fmt::format("no GPU was found; {} CPU slots", machine.cpu_slots)};
  }
  return {Verdict::kGood, "slots",
          fmt::format("{} x {}", machine.gpus.size(), machine.gpus.front().name)};
}

std::string name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "ok";
    case Verdict::kNote:
      return "note";
    case Verdict::kBad:
      return "BAD";
  }
  __builtin_unreachable();
}

}  // namespace

int doctor(const Folders& folders, bool json) {
  const Paths paths{folders.state, folders.config};
  const std::string status = ask(folders, "status");
  std::vector<Finding> findings = {
      find_server(folders), find_state(paths), find_policy(paths),         find_keeper(),
      find_walls(),         find_machine(),    find_trust(folders, status)};
  std::ranges::move(find_frozen(paths), std::back_inserter(findings));
  for (auto& found : {find_http(status), find_proposal(folders), find_ledger(paths)})
    if (found) findings.push_back(*found);
  Table table{.columns = {"verdict", "subject", "finding"}, .rows = {}};
  bool good = true;
  for (const Finding& finding : findings) {
    good &= finding.verdict != Verdict::kBad;
    table.rows.push_back({name_of(finding.verdict), finding.subject, finding.text});
  }
  const Rendered rendered =
      render({.summary = good ? "This machine can run a night." : "Something needed is missing.",
              .data = {{"", std::move(table)}},
              .tokens_max = kDetailedTokens});
  fmt::print("{}\n", json ? rendered.structured : rendered.text);
  return good ? 0 : 1;
}

}  // namespace pawl
