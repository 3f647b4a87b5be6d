#include "server/records/status.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "server/records/file.h"

namespace pawl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kBytesMax = 64 << 10;
constexpr int kVersion = 1;
constexpr const char* kName = "status.json";
constexpr std::array kOutcomes = {"exited",      "signaled", "deadline", "cancelled",
                                  "not_started", "lost",     "preempted"};
constexpr std::array kPhases = {"build", "command"};
constexpr std::array kWriters = {"keeper", "server"};

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::kEngine, fmt::format("status.json is malformed: {}", what),
              "It was not written by the keeper or the disk is bad; look at the attempt's folder.");
}

// Takes the fields of one object by name, each of them once; remembers the first that was wrong.
class Fields {
 public:
  explicit Fields(const Json& json) : json_(json) {}

  std::int64_t number(const char* name) {
    const Json* value = take(name);
    if (value == nullptr || !value->is_number_integer()) return wrong(name, "no integer"), 0;
    const auto n = value->is_number_unsigned() &&
                           value->get<std::uint64_t>() >
                               static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                       ? -1
                       : value->get<std::int64_t>();
    if (n < 0) wrong(name, "out of range");
    return n;
  }
  std::optional<std::int64_t> number_or_null(const char* name) {
    if (json_.contains(name) && json_[name].is_null()) return take(name), std::nullopt;
    return number(name);
  }
  Milliseconds time(const char* name) { return Milliseconds(number(name)); }
  std::string text(const char* name) {
    const Json* value = take(name);
    if (value == nullptr || !value->is_string()) return wrong(name, "no text"), std::string();
    return value->get<std::string>();
  }
  bool flag(const char* name) {
    const Json* value = take(name);
    if (value == nullptr || !value->is_boolean()) return wrong(name, "no true or false"), false;
    return value->get<bool>();
  }
  template <class Enum, std::size_t N>
  Enum word(const char* name, const std::array<const char*, N>& words) {
    const std::string found = text(name);
    for (std::size_t i = 0; i < N; ++i) {
      if (found == words.at(i)) return static_cast<Enum>(i);
    }
    return wrong(name, "an unknown word"), Enum{};
  }

  Result<void> finish() const {
    if (!error_.empty()) return malformed(error_);
    if (taken_ != json_.size()) return malformed("it has fields that no record has");
    return {};
  }

 private:
  const Json* take(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end()) return nullptr;
    ++taken_;
    return &*found;
  }
  void wrong(const char* name, const char* why) {
    if (error_.empty()) error_ = fmt::format("\"{}\" is {}", name, why);
  }

  const Json& json_;
  std::size_t taken_ = 0;
  std::string error_;
};

// Depth and repeated keys are refused while parsing, before a value exists.
Result<Json> parse_object(std::string_view text) {
  std::set<std::string> keys;
  bool refused = text.size() > static_cast<std::size_t>(kBytesMax);
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > 0 &&
        (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start)) {
      refused = true;
    }
    if (event == Json::parse_event_t::key && !keys.insert(value.get<std::string>()).second) {
      refused = true;
    }
    return !refused;
  };
  Json json = refused ? Json() : Json::parse(text, check, false);
  if (refused || !json.is_object()) return malformed("it is not one flat object");
  return json;
}

// A command that the keeper stopped may have ended with a code or by a signal, or neither is known.
Result<void> check_consistent(const ExitRecord& record) {
  const bool ran = record.outcome != Outcome::kNotStarted && record.outcome != Outcome::kLost;
  if ((record.exit_code && record.signal) || (!ran && (record.exit_code || record.signal)) ||
      (record.outcome == Outcome::kExited && !record.exit_code) ||
      (record.outcome == Outcome::kSignaled && !record.signal)) {
    return malformed("exit code and signal do not fit the outcome");
  }
  if ((record.outcome == Outcome::kLost) != (record.written_by == WrittenBy::kServer)) {
    return malformed("only the server calls an attempt lost, and nothing else");
  }
  if (record.token.empty()) return malformed("it has no token");
  return {};
}

Timestamp timestamp(std::int64_t ms) { return Timestamp(Milliseconds(ms)); }

}  // namespace

std::string_view name_of(Outcome outcome) {
  return kOutcomes.at(static_cast<std::size_t>(outcome));
}

Result<ExitRecord> parse_status(std::string_view text) {
  TRY(const Json json, parse_object(text));
  Fields fields(json);
  if (fields.number("version") != kVersion) return malformed("its version is not 1");
  ExitRecord record{.token = fields.text("token"),
                    .written_by = fields.word<WrittenBy>("written_by", kWriters),
                    .outcome = fields.word<Outcome>("outcome", kOutcomes),
                    .phase = fields.word<AttemptPhase>("phase", kPhases),
                    .exit_code = fields.number_or_null("exit_code"),
                    .signal = fields.number_or_null("signal"),
                    .error = fields.text("error"),
                    .started_at = timestamp(fields.number("started_at_ms")),
                    .ended_at = timestamp(fields.number("ended_at_ms")),
                    .billed = fields.time("billed_ms"),
                    .build = fields.time("build_ms"),
                    .command = fields.time("command_ms"),
                    .first_instruction = fields.time("first_instruction_ms"),
                    .cpu = fields.time("cpu_ms"),
                    .rss_max_kb = fields.number("rss_max_kb"),
                    .stdout_bytes = fields.number("stdout_bytes"),
                    .stderr_bytes = fields.number("stderr_bytes"),
                    .log_truncated = fields.flag("log_truncated"),
                    .pid_namespace = fields.flag("pid_namespace"),
                    .boot_id = fields.text("boot_id")};
  CHECK_OK(fields.finish());
  CHECK_OK(check_consistent(record));
  return record;
}

std::string to_json(const ExitRecord& record) {
  const auto index = [](auto value) { return static_cast<std::size_t>(value); };
  const auto ms = [](Timestamp time) { return time.time_since_epoch().count(); };
  const auto maybe = [](const auto& value) { return value ? Json(*value) : Json(); };
  const Json json = {{"version", kVersion},
                     {"token", record.token},
                     {"written_by", kWriters.at(index(record.written_by))},
                     {"outcome", kOutcomes.at(index(record.outcome))},
                     {"phase", kPhases.at(index(record.phase))},
                     {"exit_code", maybe(record.exit_code)},
                     {"signal", maybe(record.signal)},
                     {"error", record.error},
                     {"started_at_ms", ms(record.started_at)},
                     {"ended_at_ms", ms(record.ended_at)},
                     {"billed_ms", record.billed.count()},
                     {"build_ms", record.build.count()},
                     {"command_ms", record.command.count()},
                     {"first_instruction_ms", record.first_instruction.count()},
                     {"cpu_ms", record.cpu.count()},
                     {"rss_max_kb", record.rss_max_kb},
                     {"stdout_bytes", record.stdout_bytes},
                     {"stderr_bytes", record.stderr_bytes},
                     {"log_truncated", record.log_truncated},
                     {"pid_namespace", record.pid_namespace},
                     {"boot_id", record.boot_id}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

Result<std::optional<ExitRecord>> read_status(const AttemptFolder& folder) {
  TRY(const auto file, ReadFile::open(folder.root, "record", kName));
  if (!file) return std::nullopt;
  if (file->size() > kBytesMax) return malformed("it is too large");
  TRY(ExitRecord record, parse_status(file->read(0, kBytesMax)));
  return record;
}

Result<void> write_lost_status(const AttemptFolder& folder, const LostAttempt& lost) {
  TRY(const auto present, ReadFile::open(folder.root, "record", kName));
  if (present) {
    return fail(ErrorKind::kConflict, fmt::format("{} has an exit record", folder.root.string()),
                "Read it: the keeper's word counts.");
  }
  const ExitRecord record{.token = lost.token,
                          .written_by = WrittenBy::kServer,
                          .outcome = Outcome::kLost,
                          .phase = AttemptPhase::kCommand,
                          .error = lost.error,
                          .started_at = lost.started_at,
                          .ended_at = lost.ended_at,
                          .billed = lost.billed};
  return write_file(folder.record(), kName, to_json(record), Durable::kYes);
}

}  // namespace pawl
