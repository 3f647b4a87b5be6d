#include <gtest/gtest.h>

#include <cmath>

#include "trainer/tests/core/knobs.h"

using namespace trainer;

namespace {

Result<Options> read(std::string_view text) {
  Options options;
  TRY(const std::vector<Setting> settings, parse_config(text, "a.toml"));
  CHECK_OK(set_knobs(knobs(options), settings));
  return options;
}

std::string refused(std::string_view text) { return refusal(read(text)); }

}  // namespace

TEST(ConfigFile, SetsEachKindOfKnob) {
  const auto options = read(
      "# a night\n\n depth = 1_2 # layers\r\nlr = 1e-3\ncompile = true\n"
      "device=\"cuda\"\ncorpora = [\"a # b\", \"c\\\"\\u0041\\n\",]");
  const Options expected = {12, 0.001, true, "cuda", {"a # b", "c\"A\n"}, 42};
  ASSERT_TRUE(options.has_value()) << refusal(options);
  EXPECT_EQ(*options, expected);
}

TEST(ConfigFile, WithNothingInItKeepsTheDefaults) {
  EXPECT_EQ(read(""), Options{});
  EXPECT_EQ(read("\n  # depth = 3\n"), Options{});
}

TEST(ConfigFile, RangesIncludeTheirEnds) {
  EXPECT_EQ(read("depth = 1")->depth, 1);
  EXPECT_EQ(read("depth = 64")->depth, 64);
  EXPECT_EQ(refused("depth = 0"), "a.toml:1: depth 0 is below 1");
  EXPECT_EQ(refused("\ndepth = 65"), "a.toml:2: depth 65 is above 64");
  EXPECT_EQ(refused("lr = 10.5"), "a.toml:1: lr 10.5 is above 10");
}

TEST(ConfigFile, AnUnknownKnobIsRefusedWithTheNearestName) {
  EXPECT_EQ(refused("depth = 2\ndept = 3"),
            "a.toml:2: there is no knob \"dept\"\n"
            "--help lists the knobs. Did you mean \"depth\"?");
  EXPECT_EQ(refused("nothing_like_it = 3"),
            "a.toml:1: there is no knob \"nothing_like_it\"\n--help lists the knobs.");
}

TEST(ConfigFile, AKnobSetTwiceIsRefused) {
  EXPECT_EQ(refused("depth = 2\nlr = 1\ndepth = 2"), "a.toml:3: depth is set twice");
}

TEST(ConfigFile, WholeNumbersAreReadWhole) {
  EXPECT_EQ(refused("depth = 1.5"), "a.toml:1: depth 1.5 is not a whole number");
  EXPECT_EQ(refused("depth = 8x"), "a.toml:1: depth 8x is not a whole number");
  EXPECT_EQ(refused("depth = _8"), "a.toml:1: depth _8 is not a whole number");
  EXPECT_EQ(refused("depth = 1__2"), "a.toml:1: depth 1__2 is not a whole number");
  EXPECT_EQ(refused("depth = \"8\""), "a.toml:1: depth \"8\" is not a number");
  EXPECT_EQ(refused("depth = [\"8\"]"), "a.toml:1: depth [...] is not a number");
  EXPECT_EQ(read("seed = -9223372036854775808")->seed, INT64_MIN);
  EXPECT_EQ(refused("seed = 9223372036854775808"),
            "a.toml:1: seed 9223372036854775808 is outside what 64 bits hold");
}

TEST(ConfigFile, RealsAreFinite) {
  EXPECT_EQ(read("lr = +3")->lr, 3.0);
  EXPECT_EQ(refused("lr = nan"), "a.toml:1: lr nan is not a finite number");
  EXPECT_EQ(refused("lr = inf"), "a.toml:1: lr inf is not a finite number");
  EXPECT_EQ(refused("lr = 1e999"), "a.toml:1: lr 1e999 is outside what a double holds");
  EXPECT_EQ(refused("lr = 0.1.2"), "a.toml:1: lr 0.1.2 is not a number");
  EXPECT_EQ(refused("lr = +-1"), "a.toml:1: lr +-1 is not a number");
}

TEST(ConfigFile, OtherKindsAreRefusedAsWritten) {
  EXPECT_EQ(refused("compile = 1"), "a.toml:1: compile 1 is neither true nor false");
  EXPECT_EQ(refused("compile = \"true\""), "a.toml:1: compile \"true\" is neither true nor false");
  EXPECT_EQ(refused("device = cuda"), "a.toml:1: device cuda needs quotes");
  EXPECT_EQ(refused("device = [\"cuda\"]"), "a.toml:1: device takes one string");
  EXPECT_EQ(refused("corpora = \"a\""), "a.toml:1: corpora takes an array of strings: [\"a\"]");
}

TEST(ConfigFile, AWordThatIsNoChoiceIsRefused) {
  EXPECT_EQ(refused("device = \"cud\""),
            "a.toml:1: device \"cud\" is none of cpu, cuda\n"
            "Choose one of them. Did you mean \"cuda\"?");
}

TEST(ConfigFile, LinesThatAreNotSettingsAreRefused) {
  EXPECT_EQ(refused("depth"), "a.toml:1: this is not `name = value`");
  EXPECT_EQ(refused("[model]"), "a.toml:1: this is not `name = value`");
  EXPECT_EQ(refused("depth ="), "a.toml:1: depth has no value");
  EXPECT_EQ(refused("depth = # 8"), "a.toml:1: depth has no value");
  EXPECT_EQ(refused("depth = 8 layers"), "a.toml:1: \"layers\" follows the value of depth");
  EXPECT_EQ(refused("device = \"cpu\" x"), "a.toml:1: \"x\" follows the value of device");
}

TEST(ConfigFile, UnfinishedStringsAndArraysAreRefused) {
  EXPECT_EQ(refused("device = \"cpu"), "a.toml:1: a string has no closing quote");
  EXPECT_EQ(refused("device = \"cpu\\\""), "a.toml:1: a string has no closing quote");
  EXPECT_EQ(refused("device = \"\\q\""), "a.toml:1: \\q is no escape of a string");
  EXPECT_EQ(refused("device = \"\\u00e9\""), "a.toml:1: \\u00e9 is not an ASCII character");
  EXPECT_EQ(refused("corpora = [8]"), "a.toml:1: an array holds strings in quotes, on one line");
  EXPECT_EQ(refused("corpora = [\"a\""),
            "a.toml:1: an array has neither a comma nor ] after a string");
}

TEST(ConfigFile, PrintsInTheTablesOrder) {
  Options options = {8, 1.0, true, "cpu", {"a", "b\n"}, -1};
  EXPECT_EQ(print_config(knobs(options)),
            "depth = 8\nlr = 1.0\ncompile = true\ndevice = \"cpu\"\n"
            "corpora = [\"a\", \"b\\n\"]\nseed = -1\n");
}

TEST(ConfigFile, WhatIsPrintedReadsBackTheSame) {
  const std::vector<double> rates = {0.0, 0.1, 1e-10, 5e-324, 1.0 / 3, 9.999999999999998, 1e-7};
  for (const double rate : rates) {
    Options options = {3, rate, true, "cuda", {"\x01 \x7f \\ \" \t\r\n \xc3\xa9", ""}, INT64_MAX};
    EXPECT_EQ(read(print_config(knobs(options))), options) << rate;
  }
  Options none = {.corpora = {}};
  EXPECT_EQ(read(print_config(knobs(none))), none);
}

TEST(ConfigFile, HelpAlignsNameValueRangeAndMeaning) {
  Options options;
  EXPECT_EQ(help_text(knobs(options)),
            "  --depth    8           1..64         layers\n"
            "  --lr       0.04        0..10         learning rate of Muon\n"
            "  --compile  false       true|false    capture graphs\n"
            "  --device   \"cpu\"       cpu|cuda      where it runs\n"
            "  --corpora  [\"austen\"]  a,b,c         texts to train on\n"
            "  --seed     42          whole number  of all random numbers\n");
}
