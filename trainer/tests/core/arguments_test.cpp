#include <gtest/gtest.h>

#include "trainer/tests/core/knobs.h"

using namespace trainer;

namespace {

Result<CommandLine> parse(const std::vector<std::string>& arguments) {
  Options options;
  return parse_arguments(knobs(options), arguments);
}

Result<Options> read(const std::vector<std::string>& arguments) {
  Options options;
  TRY(const CommandLine line, parse(arguments));
  CHECK_OK(set_knobs(knobs(options), line.settings));
  return options;
}

std::string refused(const std::vector<std::string>& arguments) { return refusal(read(arguments)); }

}  // namespace

TEST(Arguments, SetEachKindOfKnob) {
  const auto options = read({"--depth=12", "--lr", "1e-3", "--compile", "--device", "cuda",
                             "--corpora=a,b c", "--seed", "-7"});
  const Options expected = {12, 0.001, true, "cuda", {"a", "b c"}, -7};
  ASSERT_TRUE(options.has_value()) << refusal(options);
  EXPECT_EQ(*options, expected);
}

TEST(Arguments, MayWriteDashesForUnderscores) {
  std::int64_t tokens = 0;
  const Knobs table = {{"total_tokens", &tokens}};
  const std::vector<std::string> both = {"--total-tokens=8", "--total_tokens=9"};
  EXPECT_TRUE(set_knobs(table, parse_arguments(table, both)->settings).has_value());
  EXPECT_EQ(tokens, 9);
}

TEST(Arguments, TheLastOneWins) { EXPECT_EQ(read({"--depth=2", "--depth=3"})->depth, 3); }

TEST(Arguments, AFlagIsTurnedOffByItsValue) {
  EXPECT_FALSE(read({"--compile", "--compile=false"})->compile);
  EXPECT_EQ(refused({"--compile=no"}), "compile no is neither true nor false");
}

TEST(Arguments, MayEmptyAListOrAString) { EXPECT_TRUE(read({"--corpora="})->corpora.empty()); }

TEST(Arguments, WordsAndHelpAreReported) {
  const auto line = parse({"train", "-", "--help", "--depth", "3", "a.toml", "--", "--depth"});
  EXPECT_TRUE(line->wants_help);
  EXPECT_EQ(line->words, (std::vector<std::string>{"train", "-", "a.toml", "--depth"}));
  EXPECT_FALSE(parse({"train"})->wants_help);
}

TEST(Arguments, MistakesAreNamed) {
  EXPECT_EQ(refused({"--depth", "0"}), "depth 0 is below 1");
  EXPECT_EQ(refused({"--depth=8 "}), "depth 8  is not a whole number");
  EXPECT_EQ(refused({"--depth="}), "depth  is not a whole number");
  EXPECT_EQ(refused({"--depth"}), "--depth has no value");
  EXPECT_EQ(refused({"-d", "3"}), "there is no option -d\nOptions begin with two dashes.");
  EXPECT_EQ(refused({"--sed=3"}),
            "there is no knob \"sed\"\n--help lists the knobs. Did you mean \"seed\"?");
  EXPECT_EQ(refused({"--device=tpu"}),
            "device \"tpu\" is none of cpu, cuda\nChoose one of them. Did you mean \"cpu\"?");
}
