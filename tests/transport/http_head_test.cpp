// The reader of requests, fed with what nobody would send on purpose.
#include "server/transport/http_head.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "server/transport/http_reader.h"

using namespace pawl;

namespace {

// Pieces that a head is made of, and some that it is not, so that random text gets deep.
rc::Gen<std::string> almost_a_head() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
          "POST",
          "GET",
          " ",
          "/mcp",
          "HTTP/1.1",
          "HTTP/1.0",
          "\r\n",
          "\r\n",
          "\r\n",
          "\n",
          "\r",
          "Host: 127.0.0.1",
          "Content-Length: 3",
          "Content-Length: ",
          "0",
          "99999999999999999999",
          "Transfer-Encoding: chunked",
          "Expect: 100-continue",
          ":",
          "\t",
          ";",
          "3\r\nabc\r\n",
          "0\r\n\r\n",
          std::string(1, '\0'),
          "\x7f",
          "\xff",
          "a",
          "Connection: close",
          "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"})),
      [](const std::vector<std::string>& parts) {
        std::string text;
        for (const std::string& part : parts) text += part;
        return text;
      });
}

// What comes out of the bytes when they arrive in pieces: each request's body, then how it ended.
std::vector<std::string> read_in_pieces(const std::string& bytes, std::size_t piece) {
  RequestReader reader({.head_bytes_max = 200, .body_bytes_max = 50});
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.append(std::string_view(bytes).substr(at, piece));
    for (;;) {
      const auto step = reader.advance();
      if (!step) {
        events.push_back("refused " + std::to_string(step.error().status));
        return events;
      }
      if (*step == RequestReader::Step::kHeadRead) {
        events.push_back(reader.head().method + " " + reader.head().path);
      } else if (*step == RequestReader::Step::kWhole) {
        events.push_back(reader.take_body());
      } else {
        break;
      }
    }
  }
  return events;
}

std::expected<RequestHead, HttpRefusal> parse(const std::string& lines) {
  return parse_head(lines + "\r\n", {});
}

}  // namespace

TEST(Head, IsReadWithItsHeadersInLowerCase) {
  const auto head = parse(
      "POST /mcp?x=1 HTTP/1.1\r\nHOST: a\r\nX-Thing:  two words \t\r\nConnection: te, Close\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->path, "/mcp");
  EXPECT_EQ(head->find("x-thing"), "two words");
  EXPECT_FALSE(head->keep_alive);
  EXPECT_FALSE(head->has_body());
}

TEST(Head, ATargetIsAPathOfThisServer) {
  for (const std::string target : {"*", "http://127.0.0.1/mcp", "mcp", "/a b", "/\x80"}) {
    EXPECT_FALSE(parse("GET " + target + " HTTP/1.1\r\nHost: a\r\n")) << target;
  }
  EXPECT_EQ(parse("GET /" + std::string(2'048, 'a') + " HTTP/1.1\r\nHost: a\r\n").error().status,
            414);
}

TEST(Head, AListNamesAWordWhateverItsCaseAndParameters) {
  EXPECT_TRUE(lists("application/json, Text/Event-Stream;q=0.9", "text/event-stream"));
  EXPECT_FALSE(lists("text/event-streams, application/json", "text/event-stream"));
  EXPECT_FALSE(lists("", "text/event-stream"));
}

TEST(Reader, GivesTheSameHoweverTheBytesArrive) {
  EXPECT_TRUE(rc::check([] {
    const std::string bytes = *almost_a_head();
    const auto piece = *rc::gen::inRange<std::size_t>(1, 20);
    RC_ASSERT(read_in_pieces(bytes, piece) == read_in_pieces(bytes, 1));
  }));
}

TEST(Reader, EmptyLinesInFrontOfARequestAreNone) {
  const std::string bytes = "\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::size_t piece : {1, 3, 4, 100})
    EXPECT_EQ(read_in_pieces(bytes, piece).front(), "GET /a") << piece;
}

TEST(Reader, TakesAnyBytesWithoutHarm) {
  EXPECT_TRUE(rc::check([](const std::string& noise) {
    const std::string bytes = noise + *almost_a_head() + noise;
    read_in_pieces(bytes, 7);
    for (const auto& event : read_in_pieces(bytes, bytes.size() + 1)) {
      RC_ASSERT(event.size() <= 200);
    }
  }));
}

TEST(Reader, AWholeRequestIsReadAndTheNextOneFollows) {
  const std::string two =
      "POST /mcp HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\n"
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n";
  const std::vector<std::string> expected = {"POST /mcp", "abc", "POST /x", "de"};
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    EXPECT_EQ(read_in_pieces(two, piece), expected) << piece;
  }
}
