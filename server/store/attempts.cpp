#include "server/store/attempts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include "server/store/meta.h"
#include "server/store/query.h"

namespace pawl {
namespace {

constexpr std::array kStates = {"intent", "launched", "ended"};

#define ATTEMPT_SELECT                                                                     \
  "SELECT job, number, token, epoch, state, pool, class, spot, why, places, taken_back, "  \
  "units, gpus, limit_ms, worst_case_ms, claimed_at,"                                      \
  " claimed_since_boot_ms, boot_id, launched_at, ended_at, outcome, exit_code, signal, "   \
  "started_at, billed_ms, cost,"                                                           \
  " (SELECT group_concat(slot) FROM attempt_slot AS s WHERE s.job = a.job AND s.number = " \
  "a.number),"                                                                             \
  " (SELECT group_concat(since || ',' || unit_picos || ',' || attempt_picos || ',' ||"     \
  " once || ',' || least_ms || ',' || step_ms)"                                            \
  " FROM attempt_rate AS r WHERE r.job = a.job AND r.number = a.number)"                   \
  " FROM attempt AS a "

template <class Number>
std::vector<Number> numbers_in(std::string_view list) {  // "0,3"
  std::vector<Number> numbers;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    at = std::from_chars(at, end, numbers.emplace_back()).ptr;
    if (at < end) ++at;
  }
  return numbers;
}

// The table's key keeps them in the order of time.
Rates rates_in(std::string_view list) {
  constexpr std::size_t kColumns = 6;
  const auto numbers = numbers_in<std::int64_t>(list);
  assert(!numbers.empty() && numbers.size() % kColumns == 0);
  Rates rates;
  for (std::size_t i = 0; i < numbers.size(); i += kColumns) {
    rates.push_back({Timestamp(Milliseconds(numbers[i])),
                     {.unit_picos = numbers[i + 1],
                      .attempt_picos = numbers[i + 2],
                      .once = Money::micros(numbers[i + 3]),
                      .least = Milliseconds(numbers[i + 4]),
                      .step = Milliseconds(numbers[i + 5])}});
  }
  return rates;
}

std::optional<AttemptEnd> end_from(sql::Row& row) {
  const auto outcome = row.take<std::optional<std::string>>();
  AttemptEnd end;
  end.exit_code = row.take<std::optional<std::int32_t>>();
  end.signal = row.take<std::optional<std::int32_t>>();
  end.started = row.take<std::optional<Timestamp>>();
  end.billed = row.take<Milliseconds>();
  end.cost = row.take<Money>();
  if (!outcome) return std::nullopt;
  end.outcome = *outcome;
  return end;
}

AttemptRow attempt_from(sql::Row& row) {
  AttemptRow attempt;
  attempt.job = row.take<JobId>();
  attempt.id = {attempt.job, row.take<std::int32_t>()};
  attempt.token = row.take<std::string>();
  attempt.epoch = row.take<Epoch>();
  attempt.state = row.take_word<AttemptState>(kStates);
  attempt.pool = row.take<std::string>();
  attempt.comparability_class = row.take<std::string>();
  attempt.spot = row.take<bool>();
  attempt.why = row.take<std::string>();
  attempt.places = row.take<std::string>();
  attempt.taken_back = row.take<std::string>();
  attempt.units = row.take<std::int32_t>();
  attempt.gpus = row.take<std::int32_t>();
  attempt.limit = row.take<Milliseconds>();
  attempt.worst_case = row.take<Milliseconds>();
  attempt.claimed = row.take<Timestamp>();
  attempt.claimed_since_boot = row.take<Milliseconds>();
  attempt.boot_id = row.take<std::string>();
  attempt.launched = row.take<std::optional<Timestamp>>();
  attempt.ended = row.take<std::optional<Timestamp>>();
  attempt.end = end_from(row);
  attempt.slots = numbers_in<std::int32_t>(row.take<std::string>());
  attempt.rates = rates_in(row.take<std::string>());
  attempt.rate = attempt.rates.front().rate;
  return attempt;
}

std::string handle(AttemptId id) {
  return fmt::format("attempt {} of job {}", id.number, id.job.value);
}

// Counts the attempt on its job, which must have been claimed.
Result<AttemptId> next_attempt(Transaction& transaction, JobId job) {
  TRY(const auto number, sql::one(
                             transaction,
                             "UPDATE job SET attempts = attempts + 1 WHERE id = ? AND state = "
                             "'starting' RETURNING attempts",
                             [](sql::Row& row) { return row.take<std::int32_t>(); }, job));
  if (number) return AttemptId{job, *number};
  return fail(ErrorKind::kConflict, fmt::format("job with id {} has not been claimed", job.value));
}

// The turn passes to the other agents.
Result<void> note_claim(Transaction& transaction, JobId job) {
  CHECK_OK(sql::change(
      transaction,
      "INSERT INTO agent_turn(principal, agent, last_claim)"
      " SELECT principal, agent, (SELECT coalesce(max(last_claim), 0) + 1 FROM agent_turn)"
      " FROM job WHERE id = ?"
      " ON CONFLICT DO UPDATE SET last_claim = excluded.last_claim",
      job));
  return {};
}

Result<void> hold_slots(Transaction& transaction, AttemptId id, const NewAttempt& attempt) {
  for (const std::int32_t slot : attempt.slots) {
    CHECK_OK(sql::change(
        transaction,
        "INSERT INTO attempt_slot(job, number, pool, slot, held) VALUES (?, ?, ?, ?, 1)", id.job,
        id.number, attempt.pool, slot));
  }
  return {};
}

Result<void> insert_rate(Transaction& transaction, AttemptId id, const RateSince& rate) {
  CHECK_OK(sql::change(transaction,
                       "INSERT INTO attempt_rate(job, number, since, unit_picos, attempt_picos,"
                       " once, least_ms, step_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                       id.job, id.number, rate.since, rate.rate.unit_picos, rate.rate.attempt_picos,
                       rate.rate.once, rate.rate.least, rate.rate.step));
  return {};
}

Result<void> expect_one(Result<std::int64_t> changed, AttemptId id, std::string_view what) {
  if (!changed) return std::unexpected(changed.error());
  if (*changed == 1) return {};
  return fail(ErrorKind::kConflict, fmt::format("{} {}", handle(id), what));
}

}  // namespace

Result<AttemptRow> begin_attempt(Transaction& transaction, const NewAttempt& attempt) {
  TRY(const AttemptId id, next_attempt(transaction, attempt.job));
  TRY(const std::string token, attempt_token(transaction, id));
  CHECK_OK(
      sql::change(transaction,
                  "INSERT INTO attempt(job, number, token, epoch, state, pool, class, price, "
                  "units, gpus, limit_ms,"
                  " worst_case_ms, claimed_at, claimed_since_boot_ms, boot_id, spot, why, places)"
                  " VALUES (?, ?, ?, ?, 'intent', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  id.job, id.number, token, transaction.epoch(), attempt.pool,
                  attempt.comparability_class, attempt.rate.per_unit(), attempt.units, attempt.gpus,
                  attempt.limit, attempt.worst_case, attempt.claimed, attempt.claimed_since_boot,
                  attempt.boot_id, attempt.spot, attempt.why, attempt.places));
  CHECK_OK(insert_rate(transaction, id, {attempt.claimed, attempt.rate}));
  CHECK_OK(hold_slots(transaction, id, attempt));
  CHECK_OK(note_claim(transaction, id.job));
  return find_attempt(transaction, id);
}

Result<void> mark_launched(Transaction& transaction, AttemptId id) {
  return expect_one(sql::change(transaction,
                                "UPDATE attempt SET state = 'launched', launched_at = ?"
                                " WHERE job = ? AND number = ? AND state = 'intent'",
                                transaction.now(), id.job, id.number),
                    id, "does not wait for its launch");
}

Result<void> mark_ended(Transaction& transaction, AttemptId id, const AttemptEnd& end) {
  CHECK_OK(expect_one(
      sql::change(transaction,
                  "UPDATE attempt SET state = 'ended', ended_at = ?, outcome = ?, exit_code = ?,"
                  " signal = ?, started_at = ?, billed_ms = ?, cost = ?"
                  " WHERE job = ? AND number = ? AND state != 'ended'",
                  end.ended.value_or(transaction.now()), end.outcome, end.exit_code, end.signal,
                  end.started, end.billed, end.cost, id.job, id.number),
      id, "is not alive"));
  CHECK_OK(sql::change(transaction, "UPDATE attempt_slot SET held = 0 WHERE job = ? AND number = ?",
                       id.job, id.number));
  return {};
}

Result<void> extend_attempt(Transaction& transaction, AttemptId id, Milliseconds limit,
                            Milliseconds worst_case) {
  return expect_one(sql::change(transaction,
                                "UPDATE attempt SET limit_ms = ?1, worst_case_ms = ?2"
                                " WHERE job = ?3 AND number = ?4 AND state != 'ended'"
                                " AND limit_ms < ?1",
                                limit, worst_case, id.job, id.number),
                    id, "is not alive, or has that time already");
}

Result<void> change_rate(Transaction& transaction, AttemptId id, const RateSince& rate) {
  TRY(const auto last, sql::value<Timestamp>(transaction,
                                             "SELECT max(since) FROM attempt_rate"
                                             " WHERE job = ? AND number = ?",
                                             id.job, id.number));
  // One instant has one price; the wall clock may also have stepped back.
  const Timestamp since = std::max(rate.since, last.value_or(rate.since) + Milliseconds(1));
  return insert_rate(transaction, id, {since, rate.rate});
}

Result<void> take_back(Transaction& transaction, AttemptId id, const std::string& why) {
  return expect_one(sql::change(transaction,
                                "UPDATE attempt SET taken_back = ?"
                                " WHERE job = ? AND number = ? AND state != 'ended'",
                                why, id.job, id.number),
                    id, "is not alive");
}

Result<std::vector<AttemptId>> taken_back(Reader& reader) {
  return sql::all(reader,
                  "SELECT job, number FROM attempt WHERE taken_back != '' AND state != 'ended'",
                  [](sql::Row& row) {
                    const auto job = row.take<JobId>();
                    return AttemptId{job, row.take<std::int32_t>()};
                  });
}

Result<std::optional<std::string>> class_in_use(Reader& reader, JobId job) {
  return sql::value<std::string>(
      reader,
      "SELECT a.class FROM job AS mine JOIN job AS j ON j.id = mine.id OR j.round = mine.round"
      " JOIN attempt AS a ON a.job = j.id"
      " WHERE mine.id = ? AND (a.launched_at IS NOT NULL OR a.state != 'ended')"
      " ORDER BY j.id = mine.id DESC, a.claimed_at, a.job LIMIT 1",
      job);
}

Result<AttemptRow> find_attempt(Reader& reader, AttemptId id) {
  TRY(auto attempt, sql::one(reader, ATTEMPT_SELECT "WHERE job = ? AND number = ?", attempt_from,
                             id.job, id.number));
  if (!attempt) return fail(ErrorKind::kNotFound, fmt::format("there is no {}", handle(id)));
  return *std::move(attempt);
}

Result<std::optional<AttemptRow>> find_attempt_by_token(Reader& reader, const std::string& token) {
  return sql::one(reader, ATTEMPT_SELECT "WHERE token = ?", attempt_from, token);
}

Result<std::vector<AttemptRow>> attempts_of(Reader& reader, JobId job) {
  return sql::all(reader, ATTEMPT_SELECT "WHERE job = ? ORDER BY number", attempt_from, job);
}

Result<std::vector<AttemptRow>> attempts_of(Reader& reader, ProjectId project) {
  return sql::all(reader,
                  ATTEMPT_SELECT
                  "WHERE job IN (SELECT id FROM job WHERE project = ?) ORDER BY claimed_at, job",
                  attempt_from, project);
}

Result<std::vector<AttemptRow>> live_attempts(Reader& reader) {
  return sql::all(reader, ATTEMPT_SELECT "WHERE state != 'ended' ORDER BY claimed_at, job",
                  attempt_from);
}

Result<std::vector<std::int32_t>> held_slots(Reader& reader, const std::string& pool) {
  return sql::all(
      reader, "SELECT slot FROM attempt_slot WHERE pool = ? AND held = 1 ORDER BY slot",
      [](sql::Row& row) { return row.take<std::int32_t>(); }, pool);
}

}  // namespace pawl
