#include "server/records/status.h"

#include <sys/stat.h>

#include "tests/records/attempt_fixture.h"

using namespace pawl;

namespace {

// As the keeper writes it.
constexpr std::string_view kRecord =
    "{\"version\":1,\"token\":\"ab12\",\"written_by\":\"keeper\",\"outcome\":\"exited\","
    "\"phase\":\"command\",\"exit_code\":3,\"signal\":null,\"error\":\"\","
    "\"started_at_ms\":1000,\"ended_at_ms\":3500,\"billed_ms\":2501,\"build_ms\":400,"
    "\"command_ms\":2000,\"first_instruction_ms\":450,\"cpu_ms\":1900,\"rss_max_kb\":5000,"
    "\"stdout_bytes\":12,\"stderr_bytes\":0,\"log_truncated\":false,\"pid_namespace\":true,"
    "\"boot_id\":\"b\"}\n";

std::string with(std::string_view old_text, std::string_view new_text) {
  std::string text(kRecord);
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

std::string refused(const std::string& text) {
  const auto result = parse_status(text);
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, ErrorKind::kEngine);
  return result.error().message;
}

}  // namespace

class Status : public AttemptTest {};

TEST_F(Status, OfTheKeeperIsReadFieldByField) {
  write(folder_.record() / "status.json", std::string(kRecord));
  const ExitRecord record = read_status(folder_).value().value();
  EXPECT_EQ(record.token, "ab12");
  EXPECT_EQ(record.outcome, Outcome::kExited);
  EXPECT_EQ(record.phase, AttemptPhase::kCommand);
  EXPECT_EQ(record.exit_code, 3);
  EXPECT_EQ(record.signal, std::nullopt);
  EXPECT_EQ(record.billed, Milliseconds(2501));
  EXPECT_EQ(record.ended_at, Timestamp(Milliseconds(3500)));
  EXPECT_EQ(record.first_instruction, Milliseconds(450));
  EXPECT_TRUE(record.pid_namespace);
  EXPECT_EQ(parse_status(to_json(record)).value(), record);
}

TEST_F(Status, IsAbsentUntilItIsWritten) {
  EXPECT_EQ(read_status(folder_).value(), std::nullopt);
  write(folder_.record() / "status.json.tmp", "{");
  EXPECT_EQ(read_status(folder_).value(), std::nullopt);
}

TEST(ParseStatus, MoneyIsNeverComputedFromAGuess) {
  EXPECT_EQ(refused(with("2501", "-1")), "status.json is malformed: \"billed_ms\" is out of range");
  EXPECT_EQ(refused(with("2501", "2501.5")),
            "status.json is malformed: \"billed_ms\" is no integer");
  EXPECT_EQ(refused(with("2501", "\"2501\"")),
            "status.json is malformed: \"billed_ms\" is no integer");
  EXPECT_EQ(refused(with("2501", "18446744073709551615")),
            "status.json is malformed: \"billed_ms\" is out of range");
  EXPECT_EQ(refused(with("2501", "1e999")), "status.json is malformed: it is not one flat object");
  EXPECT_EQ(refused(with("\"billed_ms\":2501,", "")),
            "status.json is malformed: \"billed_ms\" is no integer");
}

TEST(ParseStatus, OnlyAnExactRecordIsAccepted) {
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"),
        std::string("{\"version\":1"), with("\"version\":1", "\"version\":2"),
        with("\"version\":1", "\"version\":1,\"billed_ms\":1"), with("\"boot_id\"", "\"extra\""),
        with("\"version\":1", "\"version\":1,\"extra\":0"), with("\"exited\"", "\"Exited\""),
        with("\"b\"", "{\"a\":1}"), with("\"b\"", "[[1]]"), with("ab12", ""),
        std::string(kRecord) + "x", std::string(100'000, '['), std::string(100'000, ' ')}) {
    EXPECT_NE(refused(text), "accepted") << text.substr(0, 300);
  }
}

TEST(ParseStatus, OutcomeCodeAndSignalMustFit) {
  EXPECT_NE(refused(with("\"exit_code\":3", "\"exit_code\":null")), "accepted");
  EXPECT_NE(refused(with("\"signal\":null", "\"signal\":9")), "accepted");
  EXPECT_NE(refused(with("\"exited\"", "\"signaled\"")), "accepted");
  EXPECT_NE(refused(with("\"exited\"", "\"lost\"")), "accepted");
  EXPECT_NE(refused(with("\"keeper\"", "\"server\"")), "accepted");
  EXPECT_EQ(refused(with("\"exited\"", "\"deadline\"")), "accepted");  // it ended in its grace
}

TEST_F(Status, OfALostAttemptIsWrittenByTheServer) {
  ASSERT_TRUE(write_lost_status(folder_, {.token = "ab12",
                                          .started_at = Timestamp(Milliseconds(1000)),
                                          .ended_at = Timestamp(Milliseconds(9000)),
                                          .billed = Milliseconds(8000),
                                          .error = "no process has its token"}));
  const ExitRecord record = read_status(folder_).value().value();
  EXPECT_EQ(record.outcome, Outcome::kLost);
  EXPECT_EQ(record.written_by, WrittenBy::kServer);
  EXPECT_EQ(record.billed, Milliseconds(8000));
}

TEST_F(Status, OfTheKeeperIsNeverReplaced) {
  write(folder_.record() / "status.json", std::string(kRecord));
  const auto written = write_lost_status(folder_, {.token = "ab12"});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(read(folder_.record() / "status.json"), kRecord);
}
