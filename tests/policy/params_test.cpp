#include "server/policy/params.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

using namespace pawl;

namespace {

const std::vector<ParamSpec> kSpecs = {
    {.name = "depth",
     .type = ParamType::kInt,
     .min = ParamValue(std::int64_t{1}),
     .max = ParamValue(std::int64_t{64})},
    {.name = "lr", .type = ParamType::kFloat, .fallback = ParamValue(0.1)},
    {.name = "tag", .type = ParamType::kString, .fallback = ParamValue(std::string("none"))},
    {.name = "wide", .type = ParamType::kBool, .fallback = ParamValue(false)},
};

Params with_depth(const ParamValue& value) { return {{"depth", value}}; }

ParamValue depth_of(const ParamValue& given) {
  return check_params(kSpecs, with_depth(given))->at("depth");
}

std::string refusal(const Params& given) {
  const auto checked = check_params(kSpecs, given);
  EXPECT_FALSE(checked.has_value());
  return checked ? "" : checked.error().message;
}

std::vector<std::string> argv(const std::vector<std::string>& command) {
  return expand(
      command,
      {{"depth", std::int64_t{4}}, {"lr", 0.25}, {"tag", std::string("a b;$(x)")}, {"wide", true}});
}

using Argv = std::vector<std::string>;

}  // namespace

TEST(Params, DefaultsFillWhatIsNotGiven) {
  EXPECT_EQ(describe(*check_params(kSpecs, with_depth(std::int64_t{4}))),
            "depth=4 lr=0.1 tag=none wide=false");
}

TEST(Params, ANumberCountsHoweverItIsWritten) {
  EXPECT_EQ(depth_of(8.0), ParamValue(std::int64_t{8}));
  EXPECT_EQ(depth_of(std::string("8")), ParamValue(std::int64_t{8}));
  EXPECT_EQ(check_params(kSpecs, {{"depth", std::int64_t{1}}, {"lr", std::int64_t{1}}})->at("lr"),
            ParamValue(1.0));
}

TEST(Params, ValuesOutOfRangeNameValueAndLimit) {
  EXPECT_EQ(refusal(with_depth(std::int64_t{65})), "depth = 65 is over the limit of 64");
  EXPECT_EQ(refusal(with_depth(std::int64_t{0})), "depth = 0 is under the limit of 1");
  EXPECT_EQ(check_params(kSpecs, with_depth(std::int64_t{0})).error().hint,
            "Allowed is depth int 1..64 (required).");
}

TEST(Params, OtherTypesAreRefused) {
  EXPECT_EQ(refusal(with_depth(8.5)), "depth = 8.5 is not of type int");
  EXPECT_EQ(refusal(with_depth(true)), "depth = true is not of type int");
  EXPECT_EQ(refusal(with_depth(std::string("8x"))), "depth = 8x is not of type int");
  EXPECT_EQ(refusal(with_depth(1e300)), "depth = 1e+300 is not of type int");
  EXPECT_EQ(refusal(with_depth(std::numeric_limits<double>::infinity())),
            "depth = inf is not a finite number");
  EXPECT_EQ(refusal({{"depth", std::int64_t{1}}, {"lr", std::string("nan")}}),
            "lr = nan is not a finite number");
}

TEST(Params, AnUnknownNameNamesTheNearest) {
  const auto checked = check_params(kSpecs, {{"dept", std::int64_t{4}}});
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().message, "no parameter is named \"dept\"");
  EXPECT_EQ(checked.error().hint,
            "The parameters are depth, lr, tag, wide. Did you mean \"depth\"?");
}

TEST(Params, WithoutADefaultTheAgentMustGiveOne) {
  EXPECT_EQ(refusal({}), "parameter depth is missing and has no default");
}

TEST(Params, ControlCharactersAreRefused) {
  EXPECT_EQ(refusal({{"depth", std::int64_t{1}}, {"tag", std::string("a\nb")}}),
            "tag holds a control character");
  EXPECT_EQ(refusal({{"depth", std::int64_t{1}}, {"tag", std::string("a\0b", 3)}}),
            "tag holds a control character");
}

TEST(Expand, ANameBecomesItsValueWhereverItStands) {
  EXPECT_EQ(argv({"./train", "--depth=${depth}x${lr}", "${wide}"}),
            (Argv{"./train", "--depth=4x0.25", "true"}));
}

TEST(Expand, AllParametersAreThoseThatNoNameMentions) {
  EXPECT_EQ(argv({"./train", "${depth}", "{params}"}),
            (Argv{"./train", "4", "--lr=0.25", "--tag=a b;$(x)", "--wide=true"}));
}

TEST(Expand, AValueIsOneArgumentAndNeverExpandedAgain) {
  EXPECT_EQ(expand({"${a}"}, {{"a", std::string("${b} {params}")}}), (Argv{"${b} {params}"}));
}

TEST(Expand, ADoubledDollarIsALiteral) {
  EXPECT_EQ(argv({"$${depth}", "cost $5", "${open", "$"}),
            (Argv{"${depth}", "cost $5", "${open", "$"}));
}

TEST(Expand, TextWithoutNamesIsLeftAlone) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    RC_PRE(text.find("${") == std::string::npos && text != "{params}");
    RC_ASSERT(expand({text}, {}) == Argv{text});
  }));
}
