// The morning report as text and as a picture. After a wanted change of the text:
//   PAWL_WRITE_SNAPSHOTS=1 test_tools --gtest_filter='Report.*' && git diff tests/tools/golden
#include "tools/report.h"

#include <fstream>
#include <sstream>

#include "tests/tools/fixture.h"

using namespace pawl;

using Report = ToolTest;

namespace {

constexpr Timestamp kEvening{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                             std::chrono::hours(21)};

NightStep step(std::int64_t number, const std::string& title, double value, double delta) {
  NightStep made{.number = number, .title = title, .why = "beats the noise"};
  made.value = value;
  made.delta = delta;
  made.noise_x = std::abs(delta) / 0.0046;
  made.at = kEvening + std::chrono::minutes(number);
  return made;
}

JobLine best(std::int64_t number, const std::string& title, double value) {
  JobLine line = fake::job(number, JobState::kSucceeded, title);
  line.value = value;
  line.delta = value - 2.4467;
  line.noise_x = std::abs(*line.delta) / 0.0046;
  return line;
}

NightBill bill() {
  NightBill made;
  made.stages = {{.name = "screen",
                  .jobs = 21,
                  .spent = Money::micros(1'040'000),
                  .time = std::chrono::minutes(190)},
                 {.name = "validate",
                  .jobs = 3,
                  .spent = Money::micros(160'000),
                  .time = std::chrono::minutes(31)}};
  made.spent = Money::micros(1'200'000);
  made.failed = Money::micros(96'000);
  Balance day;
  day.node_kind = NodeKind::kGlobal;
  day.window_kind = WindowKind::kDay;
  day.cap.money = Money::usd(5);
  day.spent.money = made.spent;
  made.budgets = {day};
  made.busy = made.slot_busy = std::chrono::minutes(221);
  made.wall = std::chrono::minutes(64);
  made.slots = 4;
  made.parts = {{"CPU runtime with a result", 22, std::chrono::minutes(200), Money::usd(1)},
                {"startup", 24, std::chrono::minutes(4), Money::micros(104'000)},
                {"failed runs", 2, std::chrono::minutes(17), Money::micros(96'000)}};
  made.box = BoxAlternative{.span = std::chrono::hours(10),
                            .rented = Money::usd(9),
                            .on = std::chrono::hours(3),
                            .by_hand = Money::micros(2'700'000)};
  return made;
}

NightReport night() {
  NightReport made{.project = "austen", .metric = "val_bpb", .from = kEvening};
  made.to = kEvening + std::chrono::hours(10);
  made.start = 2.4467;
  made.reached = 1.9802;
  made.noise = {.deviation = 0.0046, .samples = 2, .freedom = 1, .interval = {}};
  made.steps = {step(3, "half the context, twice the embedding", 2.3250, -0.1217),
                step(6, "cool down over the last half", 2.2698, -0.0552),
                step(8, "rows for hashed n-grams of 2 to 5 bytes", 1.9802, -0.2896)};
  made.steps[2].seeds = 3;
  made.steps[2].fresh = SeedMean{1.9841, 2};
  for (int i = 1; i <= 24; ++i) {
    NightDot dot{.number = i, .title = "idea " + std::to_string(i), .value = {}};
    dot.kept = i == 3 || i == 6 || i == 8;
    dot.failed = i == 11 || i == 17;
    if (!dot.failed) dot.value = 2.05 + 0.1 * ((i * 7) % 6);
    if (i == 3) dot.value = 2.3250;
    if (i == 6) dot.value = 2.2698;
    if (i == 8) dot.value = 1.9802;
    if (i == 20) dot.value = 9e6;  // blew up
    made.dots.push_back(dot);
  }
  made.best = {best(8, "rows for hashed n-grams of 2 to 5 bytes", 1.9815),
               best(6, "cool down over the last half", 2.2698),
               best(3, "half the context, twice the embedding", 2.3250)};
  made.best[0].seeds = 3;
  made.failures = {{.signature = "RuntimeError: out of memory (tried to allocate N MB)",
                    .jobs = {11, 17},
                    .cost = Money::micros(96'000)}};
  made.bill = bill();
  made.trust_mode = "same-user";
  made.state_folder = "/home/ada/.local/state/pawl";
  made.results_file = "/home/ada/.local/state/pawl/projects/austen/results.tsv";
  made.best_commit = "5906f70956340123456789abcdef0123456789ab";
  return made;
}

std::size_t columns_of(std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

// Every tag is closed in its order, every attribute is quoted, and no '<' or '&' stands bare.
::testing::AssertionResult well_formed(const std::string& svg) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < svg.size(); ++at) {
    if (svg[at] == '&') {
      const std::size_t end = svg.find(';', at);
      if (end == std::string::npos || end - at > 6) {
        return ::testing::AssertionFailure() << "bare & at " << at;
      }
    }
    if (svg[at] != '<') continue;
    const std::size_t end = svg.find('>', at);
    if (end == std::string::npos) return ::testing::AssertionFailure() << "open tag at " << at;
    const std::string tag = svg.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string::npos || std::ranges::count(tag, '"') % 2 != 0) {
      return ::testing::AssertionFailure() << "broken tag " << tag;
    }
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != name.substr(1)) {
        return ::testing::AssertionFailure() << "unexpected " << tag;
      }
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(name);
    }
    at = end;
  }
  if (!open.empty()) return ::testing::AssertionFailure() << "never closed: " << open.back();
  return ::testing::AssertionSuccess();
}

}  // namespace

TEST_F(Report, OfAGoodNightIsTheCommittedText) {
  const std::string file = std::string(SOURCE_ROOT) + "/tests/tools/golden/morning.txt";
  const std::string now = report_text(night()) + "\n";
  if (getenv("PAWL_WRITE_SNAPSHOTS") != nullptr) std::ofstream(file) << now;
  EXPECT_EQ(read_text(file), now) << "see the head of this test";
}

TEST_F(Report, FitsTheTerminalHoweverLongTheNight) {
  NightReport made = night();
  made.lower_is_better = false;
  made.results_file = made.state_folder = "/s";
  for (int i = 0; i < 40; ++i) {
    made.steps.push_back(step(100 + i, std::string(150, 'x'), 2 + i * 0.01, 0.01));
    made.waiting.push_back(fake::job(200 + i, JobState::kHeld, "ü" + std::string(150, 'y')));
    made.failures[0].jobs.push_back(i);
  }
  made.failures[0].signature = std::string(300, 'z');
  made.notices.emplace_back();
  for (int i = 0; i < 60; ++i) made.notices.back() += "words wider ";
  std::istringstream lines(report_text(made));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(columns_of(line), kReportColumns) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST_F(Report, OfANightWithoutAnythingSaysSo) {
  const NightReport nothing{.project = "austen", .metric = "val_bpb"};
  EXPECT_EQ(headline_of(nothing), "no val_bpb yet · 0 experiments · $0.00 · nothing runs");
  EXPECT_TRUE(well_formed(staircase_svg(nothing)));
  EXPECT_NE(report_text(nothing).find("no attempt ran"), std::string::npos);
}

TEST_F(Report, MarksAKeepInsideTheNoise) {
  NightReport made = night();
  made.steps[1].noise_x = 0.4;
  EXPECT_NE(report_text(made).find("  ~0.4x  1\n"), std::string::npos) << report_text(made);
  EXPECT_NE(staircase_svg(made).find(">~006"), std::string::npos);
  EXPECT_EQ(staircase_svg(night()).find(">~"), std::string::npos);
}

TEST_F(Report, NextIsWhatNeedsAHuman) {
  NightReport made = night();
  EXPECT_TRUE(report_text(made).ends_with("pawl report --svg night.svg"));
  made.undecided = {"009-better-still"};
  EXPECT_TRUE(report_text(made).ends_with("pawl job 009"));
  made.waiting = {fake::job(30, JobState::kHeld, "big")};
  EXPECT_NE(report_text(made).find("the held ones wait for you"), std::string::npos);
}

TEST_F(Report, ThePictureHasADotForEachExperimentAndAStepForEachKeep) {
  const std::string svg = staircase_svg(night());
  EXPECT_TRUE(well_formed(svg));
  EXPECT_EQ(count(svg, "class=\"dot\""), 19U);
  EXPECT_EQ(count(svg, "class=\"kept\""), 3U);
  EXPECT_EQ(count(svg, "class=\"bad\""), 2U);
  EXPECT_EQ(count(svg, "class=\"band\""), 1U);
  const std::size_t path = svg.find("class=\"best\"");
  EXPECT_EQ(count(svg.substr(path, svg.find("/>", path) - path), "V"), 3U);
}

TEST_F(Report, OneRunThatBlewUpDoesNotFlattenThePicture) {
  const std::string svg = staircase_svg(night());
  EXPECT_EQ(svg.find("9000000"), std::string::npos);
  EXPECT_NE(svg.find(">2.2<"), std::string::npos);  // a tick among the stairs
}

TEST_F(Report, ThePictureTrustsNoTitle) {
  NightReport made = night();
  made.project = "</svg><script>alert(1)</script>";
  made.dots[0].title = made.steps[0].title = "\"><script src='x'>&nbsp;\x1b[31m\xff";
  const std::string svg = staircase_svg(made);
  EXPECT_TRUE(well_formed(svg));
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find('\x1b'), std::string::npos);
}

TEST_F(Report, IsAnOperatorsToolWithThreeForms) {
  world.night = [](const NightRequest&) -> Result<NightReport> { return night(); };
  world.results_table = []() -> Result<std::string> { return "commit\n"; };
  const Tool* const tool = find_tool(operator_tools(), "report");
  ASSERT_NE(tool, nullptr);
  EXPECT_EQ(find_tool(catalogue(), "report"), nullptr);
  EXPECT_TRUE(call("report", "{}").text.starts_with("pawl · austen · "));
  EXPECT_NE(call("report", "{}").structured.find(R"("reached":1.9802)"), std::string::npos);
  EXPECT_TRUE(call("report", R"({"form":"svg"})").text.starts_with("<svg "));
  EXPECT_EQ(call("report", R"({"form":"tsv"})").text, "commit\n");
}

TEST_F(Report, AsksForTheSpanItWasGiven) {
  NightRequest asked;
  world.night = [&](const NightRequest& request) -> Result<NightReport> {
    asked = request;
    return night();
  };
  call("report", "{}");
  EXPECT_FALSE(asked.since);
  call("report", R"({"since_minutes":720})");
  EXPECT_EQ(asked.since, std::chrono::hours(12));
}
