#include "server/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <vector>

#include "server/core/clock.h"
#include "server/jobs/health.h"
#include "server/jobs/paths.h"
#include "server/jobs/rules_folder.h"
#include "server/jobs/shipped_policy.h"
#include "server/runner/inventory.h"
#include "server/runner/local_runner.h"
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

Finding find_server(const Paths& paths) {
  if (connect_unix(paths.socket()))
    return {Verdict::kGood, "server", "answers at " + paths.socket().string()};
  return {Verdict::kNote, "server", "not running; `pawl serve` or the first `pawl mcp` starts it"};
}

// As the server itself says it; no finding where it listens to nobody.
std::optional<Finding> find_http(const Paths& paths) {
  auto socket = connect_unix(paths.socket());
  if (!socket) return std::nullopt;
  Client client(channel_on(*std::move(socket)), {.directory = "/", .agent = "cli"});
  const auto status = client.operate("status", {});
  constexpr std::string_view kLine = "\nhttp: ";
  const std::size_t at = status ? status->text.find(kLine) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + kLine.size();
  const std::string url = status->text.substr(begin, status->text.find('\n', begin) - begin);
  if (!url.starts_with("http://")) return std::nullopt;
  return Finding{Verdict::kGood, "http",
                 url + "; a client needs a token: `pawl token create NAME`"};
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
  std::vector<Finding> findings = {
      find_server(paths),
      find_state(paths),
      find_policy(paths),
      find_keeper(),
      find_walls(),
      find_machine(),
      {Verdict::kNote, "trust",
       "same-user: a cap binds what goes through pawl, not a shell of the same user"}};
  if (auto http = find_http(paths)) findings.insert(findings.begin() + 1, *std::move(http));
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
