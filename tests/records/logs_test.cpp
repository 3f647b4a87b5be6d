#include "server/records/logs.h"

#include "tests/records/attempt_fixture.h"

using namespace pawl;

class Logs : public AttemptTest {
 protected:
  void numbered(int first, int last, const char* name) const {
    std::string text;
    for (int i = first; i <= last; ++i) text += "line " + std::to_string(i) + "\n";
    write(folder_.record() / name, text);
  }
  LogPage tail(std::size_t lines) const {
    return tail_log(folder_, LogStream::kStdout, lines).value();
  }
  LogPage page(std::size_t lines, std::int64_t position) const {
    return read_log(folder_, LogStream::kStdout, lines, position).value();
  }
  LogPage grep(std::string_view pattern, std::size_t lines, std::int64_t position = 0) const {
    return grep_log(folder_, LogStream::kStdout, pattern, lines, position).value();
  }
};

TEST_F(Logs, TailIsTheLastLinesWithAnUnfinishedOne) {
  output("a\nb\nc\nd");
  EXPECT_EQ(tail(2).text, "c\nd\n");
  EXPECT_EQ(tail(100).text, "a\nb\nc\nd\n");
  EXPECT_EQ(tail(0).text, "");
  EXPECT_EQ(tail(2).bytes_total, 7);
}

TEST_F(Logs, AnAttemptWithoutOutputHasEmptyPages) {
  EXPECT_EQ(tail(10).text, "");
  EXPECT_EQ(page(10, 0).text, "");
  EXPECT_EQ(grep("x", 10).text, "");
}

TEST_F(Logs, PagesFollowOneAnotherWithoutGapOrOverlap) {
  numbered(1, 25, "stdout.log");
  std::string all;
  std::int64_t position = 0;
  bool more = true;
  while (more) {
    const LogPage next = page(10, position);
    all += next.text;
    position = next.position;
    more = next.more;
  }
  EXPECT_EQ(all, read(folder_.record() / "stdout.log"));
}

TEST_F(Logs, WhatCameAfterATailIsReadFromItsPosition) {
  numbered(1, 3, "stdout.log");
  const LogPage last = tail(1);
  EXPECT_EQ(last.text, "line 3\n");
  EXPECT_EQ(page(10, last.position).text, "");
  numbered(1, 5, "stdout.log");
  EXPECT_EQ(page(10, last.position).text, "line 4\nline 5\n");
}

TEST_F(Logs, TheRotatedFileComesFirst) {
  numbered(1, 3, "stdout.log.1");
  numbered(4, 6, "stdout.log");
  EXPECT_EQ(tail(4).text, "line 3\nline 4\nline 5\nline 6\n");
  EXPECT_EQ(page(2, 0).text, "line 1\nline 2\n");
  EXPECT_EQ(page(2, 14).text, "line 3\nline 4\n");
  EXPECT_EQ(grep("line", 100).text.size(), 42U);
}

TEST_F(Logs, APositionFromBeforeARotationHasExpired) {
  numbered(1, 3, "stdout.log");
  EXPECT_EQ(read_log(folder_, LogStream::kStdout, 10, 1000).error().kind, ErrorKind::kExpired);
  EXPECT_EQ(read_log(folder_, LogStream::kStdout, 10, -1).error().kind, ErrorKind::kExpired);
}

TEST_F(Logs, GrepFindsPlainTextInAnyCaseAndGoesOn) {
  output("Loss: 1\nacc 2\nLOSS: 3\nnan\nloss: 4\n");
  const LogPage first = grep("loss", 2);
  EXPECT_EQ(first.text, "Loss: 1\nLOSS: 3\n");
  EXPECT_TRUE(first.more);
  EXPECT_EQ(grep("loss", 2, first.position).text, "loss: 4\n");
  EXPECT_EQ(grep("nan|acc", 9).text, "acc 2\nnan\n");
  EXPECT_EQ(grep(".*", 9).text, "");
  EXPECT_EQ(grep_log(folder_, LogStream::kStdout, "|", 9).error().kind, ErrorKind::kInvalid);
}

TEST_F(Logs, GrepSeesLinesThatLieAcrossItsPages) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::string(300, 'x') + " end " + std::to_string(i) + "\n";
  output(text + "last");
  EXPECT_EQ(grep(" end ", 1000).text, text);
  EXPECT_EQ(grep("last", 1).text, "last\n");
}

TEST_F(Logs, OneEndlessLineIsCutAndPassed) {
  output(std::string(3'000'000, 'x') + "\nlast\n");
  EXPECT_LT(page(5, 0).text.size(), 500U);
  EXPECT_EQ(tail(1).text, "last\n");
  EXPECT_EQ(grep("last", 5).text, "last\n");
}

TEST_F(Logs, TextIsCleaned) {
  output("\x1b[31mred\x1b[0m\n");
  EXPECT_EQ(tail(1).text, "red\n");
}

TEST_F(Logs, ALinkInPlaceOfALogIsRefused) {
  write(top_ / "secret", "password\n");
  std::filesystem::create_symlink(top_ / "secret", folder_.record() / "stdout.log");
  EXPECT_EQ(tail_log(folder_, LogStream::kStdout, 1).error().kind, ErrorKind::kInvalid);
}
