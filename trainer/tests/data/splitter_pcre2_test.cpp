// The scanner against PCRE2 and the pattern itself.
#ifdef TRAINER_HAS_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <gtest/gtest.h>
#include <pcre2.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "trainer/data/splitter.h"
#include "trainer/tests/data/random_text.h"

namespace trainer {
namespace {

constexpr const char* kPattern =
    R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*)"
    R"(|\s*[\r\n]|\s+(?!\S)|\s+)";

class Pattern {
 public:
  Pattern() : code_(compile(), pcre2_code_free), match_(matches(), pcre2_match_data_free) {
    pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);
  }

  // Where the piece that begins at `at` ends, or 0.
  std::size_t end(std::string_view text, std::size_t at) const {
    const auto* const subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    const int found = pcre2_match(code_.get(), subject, text.size(), at,
                                  PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK, match_.get(), nullptr);
    return found < 0 ? 0 : pcre2_get_ovector_pointer(match_.get())[1];
  }

 private:
  static pcre2_code* compile() {
    int error = 0;
    std::size_t offset = 0;
    return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kPattern), PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_UCP, &error, &offset, nullptr);
  }
  pcre2_match_data* matches() { return pcre2_match_data_create_from_pattern(code_.get(), nullptr); }

  std::unique_ptr<pcre2_code, void (*)(pcre2_code*)> code_;
  std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> match_;
};

void expect_same_pieces(const Pattern& pattern, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = at + first_piece(text.substr(at));
    ASSERT_EQ(end, pattern.end(text, at)) << "piece at " << at << " of: " << text.substr(at, 40);
    at = end;
  }
}

TEST(SplitterAgainstPcre2, RandomTextHasTheSamePieces) {
  const Pattern pattern;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Philox random(seed, 1);
    expect_same_pieces(pattern, random_text(random, 1 + random.below(60)));
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Any text that lies about: the six novels where somebody fetched them, else our own prose.
TEST(SplitterAgainstPcre2, ProseHasTheSamePieces) {
  const Pattern pattern;
  const char* const austen = std::getenv("PAWL_AUSTEN_TEXT");
  std::ifstream in(austen == nullptr ? TRAINER_SOURCE "/README.md" : austen, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  ASSERT_FALSE(text.empty());
  expect_same_pieces(pattern, text);
}

}  // namespace
}  // namespace trainer
#endif
