#include "server/transport/lines.h"

#include <gtest/gtest.h>

#include <vector>

using namespace pawl;

namespace {

struct Cut {
  std::vector<std::string> lines;
  int too_long = 0;
};

void feed(LineCutter& cutter, std::string_view bytes, Cut& cut) {
  cutter.feed(
      bytes, [&](std::string_view line) { cut.lines.emplace_back(line); }, [&] { ++cut.too_long; });
}

}  // namespace

TEST(LineCutter, CutsWhateverPiecesTheLinesComeIn) {
  const std::string stream = "one\ntwo\r\n\n\nthree\nrest";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    LineCutter cutter(100);
    Cut cut;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      feed(cutter, std::string_view(stream).substr(at, piece), cut);
    }
    EXPECT_EQ(cut.lines, (std::vector<std::string>{"one", "two", "three"})) << piece;
    EXPECT_EQ(cut.too_long, 0);
  }
}

TEST(LineCutter, ALineAtTheLimitPassesAndOneByteMoreDoesNot) {
  LineCutter cutter(4);
  Cut cut;
  feed(cutter, "1234\n12345\n1\n", cut);
  EXPECT_EQ(cut.lines, (std::vector<std::string>{"1234", "1"}));
  EXPECT_EQ(cut.too_long, 1);
}

// 1 GB without a newline: told once, and nothing of it is kept.
TEST(LineCutter, AnEndlessLineIsToldOnceAndSkipped) {
  LineCutter cutter(1 << 20);
  Cut cut;
  const std::string chunk(1 << 20, 'x');
  for (int i = 0; i < 1'024; ++i) feed(cutter, chunk, cut);
  feed(cutter, "\nping\n", cut);
  EXPECT_EQ(cut.too_long, 1);
  EXPECT_EQ(cut.lines, std::vector<std::string>{"ping"});
}
