// What a human reads when a policy file is wrong.
#include "tests/policy/policy_fixture.h"

using namespace pawl;

TEST(Mistakes, AnUnknownKeyIsShownWithItsLineACaretAndTheNearestKey) {
  EXPECT_EQ(
      format(mistakes_in("[budget]\n  dayy = 40.00  # per day\ntotal = 1\n" + kStages + kPools)),
      "policies/default.toml:2:3: unknown key \"dayy\" in [budget]\n"
      "   2 |   dayy = 40.00  # per day\n"
      "     |   ^~~~\n"
      "  Did you mean \"day\"?\n");
}

TEST(Mistakes, ANegativeAmountIsShownWhereItStands) {
  EXPECT_EQ(format(mistakes_in(with_day("-5.00"))),
            "policies/default.toml:2:7: day: -5.00 is negative\n"
            "   2 | day = -5.00\n"
            "     |       ^~~~~\n"
            "  Write an amount in USD as a plain decimal such as 40.00.\n");
}

TEST(Mistakes, AZoneThatDoesNotExistNamesTheNearest) {
  EXPECT_EQ(format(mistakes_in("timezone = \"Europe/Roma\"\n" + kMinimal)),
            "policies/default.toml:1:12: timezone: no time zone is named \"Europe/Roma\"\n"
            "   1 | timezone = \"Europe/Roma\"\n"
            "     |            ^~~~~~~~~~~~~\n"
            "  Did you mean \"Europe/Rome\"?\n");
}

TEST(Mistakes, ADuplicateKeyDoesNotHideTheOtherMistakes) {
  EXPECT_EQ(format(mistakes_in("[budget]\nday = 1\nday = 2\n[jobs]\nmax_minutes = \"ten\"\n" +
                               kStages + kPools)),
            "policies/default.toml:3:1: cannot redefine existing integer 'day'\n"
            "   3 | day = 2\n"
            "     | ^~~\n"
            "  Keep one of them.\n"
            "policies/default.toml:5:15: max_minutes: expected minutes, found text\n"
            "   5 | max_minutes = \"ten\"\n"
            "     |               ^~~~~\n"
            "  Write it as in max_minutes = 30.\n");
}

TEST(Mistakes, EveryLineThatIsNotTomlIsReported) {
  const Diagnostics all = mistakes_in("[budget]\nday = 1.\ntotal = $5\n" + kStages + kPools);
  ASSERT_EQ(all.size(), 2U) << format(all);
  EXPECT_EQ(all[0].at.line, 2);
  EXPECT_EQ(all[1].at.line, 3);
}

TEST(Mistakes, ColumnsCountCharactersNotBytes) {
  EXPECT_EQ(format(mistakes_in("[[agent]]\nmatch = \"Müller\"\nstages = [\"screen\", \"ü\"]\n" +
                               kMinimal)),
            "policies/default.toml:3:21: no stage is named \"ü\"\n"
            "   3 | stages = [\"screen\", \"ü\"]\n"
            "     |                     ^~~\n"
            "  There is screen.\n");
}

TEST(Mistakes, AnUnknownSectionNamesTheNearest) {
  const Diagnostics all = mistakes_in(kMinimal + "[stages.smoke]\npools = [\"cpu\"]\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].message, "unknown key \"stages\"");
  EXPECT_EQ(all[0].hint, "Did you mean \"stage\"?");
}

TEST(Mistakes, WrongTypesNameWhatWasExpected) {
  EXPECT_EQ(mistake_in(with_day("\"40\"")), "2:7 day: expected an amount in USD, found text");
  EXPECT_EQ(mistake_in(with_day("true")),
            "2:7 day: expected an amount in USD, found true or false");
  EXPECT_EQ(mistake_in(with_day("2026-01-01")),
            "2:7 day: expected an amount in USD, found a date or time");
  EXPECT_EQ(mistake_in("budget = 4\n" + kStages + kPools),
            "1:10 [budget] is an integer, not a table");
  EXPECT_EQ(mistake_in(kMinimal + "[agent]\nmatch = \"x\"\n"),
            "9:1 \"agent\" is a table, not a list of tables");
}

TEST(Mistakes, CountsHaveARange) {
  EXPECT_EQ(mistake_in(kMinimal + "[jobs]\nmax_concurrent = 0\n"),
            "10:18 max_concurrent: 0 is not from 1 to 10000");
  EXPECT_EQ(mistake_in(kMinimal + "[jobs]\nmax_retries = -1\n"),
            "10:15 max_retries: -1 is not from 0 to 100");
  EXPECT_EQ(mistake_in(kMinimal + "[jobs]\nmax_minutes = 0\n"),
            "10:15 max_minutes: 0 minutes let nothing run");
  EXPECT_EQ(mistake_in(kMinimal + "[jobs]\ngpus_per_job = 1.5\n"),
            "10:16 gpus_per_job: expected a whole number, found a decimal");
}

TEST(Mistakes, NamesThatCouldBePathsAreRefused) {
  EXPECT_EQ(mistake_in(kMinimal + "[stage.\"../x\"]\npools = [\"cpu\"]\n"),
            "9:8 \"../x\" cannot be the name of a stage");
}

TEST(Mistakes, AnErrorForTheAgentNamesTheFirstAndCountsTheRest) {
  const Error error = to_error(mistakes_in("[budget]\nday = -1\ntotal = -1\n" + kStages + kPools));
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.message, "policies/default.toml:2:7: day: -1 is negative (and 1 more)");
}

TEST(Mistakes, HostileFilesAreMistakesLikeOthers) {
  EXPECT_EQ(mistakes_in(std::string(70'000, '#'))[0].message, "the file is over 64 KiB");
  std::string nested;
  for (int i = 0; i < 10'000; ++i) nested += "a.";
  EXPECT_EQ(mistakes_in(nested + "a = 1")[0].message, "over 100 dots in a line");
  EXPECT_FALSE(mistakes_in("a = " + std::string(50'000, '[')).empty());
  EXPECT_FALSE(mistakes_in("[=").empty());  // fails an assertion of the library where they are on
  EXPECT_FALSE(mistakes_in("# \xff\xfe\n").empty());
  EXPECT_EQ(mistakes_in(std::string("a\0b = 1", 7))[0].message, "a control character");
}

TEST(Mistakes, CharactersThatTheLibraryCannotJudgeNeverReachIt) {
  const auto refused_at = [](const std::string& text) {
    const Diagnostic first = mistakes_in(text)[0];
    const bool unsafe = first.message.starts_with("a character beyond ASCII");
    return unsafe ? std::to_string(first.at.line) + ":" + std::to_string(first.at.column) : "";
  };
  EXPECT_EQ(refused_at("\n é = 1"), "2:2");
  EXPECT_EQ(refused_at("a = \"ü\"é"), "1:8");
  EXPECT_EQ(refused_at("a = \"\\\"\" é"), "1:10");
  EXPECT_EQ(refused_at("a = \"\" é"), "1:8");
  EXPECT_EQ(refused_at("a = 'ü\\' é"), "1:10");
  EXPECT_EQ(refused_at("a = \"\"\"x\\\n é\"\"\""), "2:2");
  EXPECT_EQ(refused_at("a = \"\"\"\"\"\"\"\"é"), "1:13");
  EXPECT_EQ(refused_at("# ü\né"), "2:1");
  EXPECT_EQ(refused_at("a = \"x\né"), "2:1");
  EXPECT_EQ(refused_at("# ü é"), "");
}

TEST(Mistakes, ControlCharactersOfAFileNeverReachATerminal) {
  const std::string text =
      format(mistakes_in("x = \"\x1b[2J\xc2\x9b"
                         "1m\x7f\"\n"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(text.find('\x7f'), std::string::npos);
}
