// How arguments are read: forgiving where nothing can be misread, exact everywhere else.
#include "tests/tools/fixture.h"

using namespace pawl;

class Arguments : public ToolTest {
 protected:
  Arguments() {
    world.wait = [this](const WaitRequest& request, std::stop_token, const auto&) {
      waited = request;
      return Result<WaitReply>(WaitReply{});
    };
    world.submit = [this](const SubmitRequest& request) -> Result<SubmitReply> {
      submitted = request;
      return SubmitReply{};
    };
    world.sweep = [this](const SweepRequest& request) -> Result<SubmitReply> {
      swept = request;
      return SubmitReply{};
    };
    world.job = [this](const std::string& handle) -> Result<JobDetail> {
      asked = handle;
      return JobDetail{};
    };
  }
  std::string error(const std::string& tool, const std::string& arguments) {
    const Rendered rendered = call(tool, arguments);
    EXPECT_TRUE(rendered.is_error) << rendered.text;
    EXPECT_TRUE(rendered.structured.empty());  // on an error clients show the text
    return rendered.text;
  }

  WaitRequest waited;
  SubmitRequest submitted;
  SweepRequest swept;
  std::string asked;
};

TEST_F(Arguments, AHandleMayStandWhereAListOfHandlesIsMeant) {
  call("wait_jobs", R"({"jobs": "042"})");
  EXPECT_EQ(waited.jobs, std::vector<std::string>{"042"});
}

TEST_F(Arguments, ANumberMayStandForAHandle) {
  call("wait_jobs", R"({"jobs": [42, "r7"]})");
  EXPECT_EQ(waited.jobs, (std::vector<std::string>{"42", "r7"}));
  call("wait_jobs", R"({"jobs": 42})");
  EXPECT_EQ(waited.jobs, std::vector<std::string>{"42"});
  call("get_job", R"({"job": 42})");
  EXPECT_EQ(asked, "42");
}

TEST_F(Arguments, AListMayArriveAsJsonText) {
  call("wait_jobs", R"({"jobs": "[\"042\", \"043\"]"})");
  EXPECT_EQ(waited.jobs, (std::vector<std::string>{"042", "043"}));
}

TEST_F(Arguments, AnObjectMayArriveAsJsonText) {
  call("submit_experiment", R"({"title": "t", "params": "{\"lr\": 0.1}"})");
  EXPECT_EQ(std::get<double>(submitted.variant.params.at("lr")), 0.1);
}

TEST_F(Arguments, AnIntegerMayArriveAsTextOrAsAWholeFloat) {
  call("wait_jobs", R"({"timeout_s": "20"})");
  EXPECT_EQ(waited.timeout, std::chrono::seconds(20));
  call("wait_jobs", R"({"timeout_s": 30.0})");
  EXPECT_EQ(waited.timeout, std::chrono::seconds(30));
}

TEST_F(Arguments, NullIsAbsent) {
  call("wait_jobs", R"({"jobs": null, "cursor": null})");
  EXPECT_TRUE(waited.jobs.empty());
  EXPECT_EQ(waited.cursor, std::nullopt);
}

TEST_F(Arguments, AbsentOnesKeepTheDefaultsOfTheRequest) {
  call("submit_experiment", R"({"title": "t"})");
  EXPECT_EQ(submitted.from, "best");
  EXPECT_EQ(submitted.stage, "screen");
  EXPECT_EQ(submitted.repeat, 1);
}

TEST_F(Arguments, UntilTakesWordsAndCounts) {
  call("wait_jobs", R"({"until": "improved"})");
  EXPECT_EQ(waited.until, Until::kImproved);
  call("wait_jobs", R"({"until": 3})");
  EXPECT_EQ(waited.until, Until::kCount);
  EXPECT_EQ(waited.count, 3);
  EXPECT_EQ(
      error("wait_jobs", R"({"until": "some"})"),
      "INVALID argument \"until\" is \"some\"; expected all, any, improved or a number from 1.");
  error("wait_jobs", R"({"until": 0})");
}

TEST_F(Arguments, ParametersKeepTheirTypes) {
  call("submit_experiment",
       R"({"title": "t", "params": {"lr": 0.1, "depth": 4, "tied": true, "opt": "muon"}})");
  const Params expected = {
      {"lr", 0.1}, {"depth", std::int64_t{4}}, {"tied", true}, {"opt", "muon"}};
  EXPECT_EQ(submitted.variant.params, expected);
}

TEST_F(Arguments, VariantsAndEditsAreRead) {
  call("submit_sweep", R"({"title": "lr", "variants": [{"title": "a", "params": {"lr": 1}},
       {"title": "b", "edits": [{"path": "x.py", "old": "1", "new": "2"}]}]})");
  ASSERT_EQ(swept.variants.size(), 2);
  EXPECT_EQ(swept.variants[1].edits[0].path, "x.py");
  EXPECT_EQ(swept.variants[1].edits[0].old_text, "1");
}

TEST_F(Arguments, AnUnknownOneIsRefusedWithTheNearestName) {
  EXPECT_EQ(error("get_job", R"({"jb": "042"})"),
            "INVALID argument \"jb\" is unknown.\n"
            "Options: Did you mean \"job\"? Known: job, sections.");
}

TEST_F(Arguments, AnUnknownOneInsideAListIsNamedWithItsPlace) {
  EXPECT_EQ(error("submit_sweep", R"({"title": "t", "variants": [{"title": "a", "param": {}}]})"),
            "INVALID argument \"variants[0].param\" is unknown.\n"
            "Options: Did you mean \"params\"? Known: title, params, patch, edits.");
}

TEST_F(Arguments, AMissingOneIsNamedAndExplained) {
  EXPECT_EQ(error("submit_experiment", "{}"),
            "INVALID argument \"title\" is missing.\nOptions: title: the hypothesis.");
}

TEST_F(Arguments, AWrongTypeSaysWhatCameAndWhatIsExpected) {
  EXPECT_EQ(error("get_logs", R"({"job": "042", "lines": "many"})"),
            "INVALID argument \"lines\" is string \"many\"; expected an integer.");
  EXPECT_EQ(error("submit_experiment", R"({"title": "t", "rerun": 1})"),
            "INVALID argument \"rerun\" is number 1; expected true or false.\n"
            "Options: rerun: run although this content has a result.");
  EXPECT_EQ(error("submit_experiment", R"({"title": "t", "params": {"lr": [1]}})"),
            "INVALID argument \"params.lr\" is array [1]; expected a number, a string, true or "
            "false.");
  error("submit_experiment", R"({"title": ["t"]})");
  error("wait_jobs", R"({"jobs": {"a": 1}})");
  error("wait_jobs", R"({"timeout_s": 1.5})");
  error("submit_sweep", R"({"title": "t", "variants": ["a"]})");
  error("get_job", R"(["042"])");
}

TEST_F(Arguments, AnEnumNamesItsWords) {
  EXPECT_EQ(error("get_logs", R"({"job": "042", "mode": "tal"})"),
            "INVALID argument \"mode\" is \"tal\"; expected error, tail, head or grep.\n"
            "Options: Did you mean \"tail\"?");
}

TEST_F(Arguments, LimitsAreNamed) {
  EXPECT_EQ(error("leaderboard", R"({"limit": 500})"),
            "INVALID argument \"limit\" is 500; the most is 100.");
  EXPECT_EQ(error("submit_experiment", R"({"title": "t", "repeat": 0})"),
            "INVALID argument \"repeat\" is 0; the least is 1.");
  EXPECT_EQ(error("submit_experiment", R"({"title": ""})"),
            "INVALID argument \"title\" has 0 bytes; the least is 1.");
  EXPECT_EQ(error("submit_sweep", R"({"title": "t", "variants": []})"),
            "INVALID argument \"variants\" has 0 items; the least is 1.");
}

TEST_F(Arguments, NumbersBeyondSixtyThreeBitsAreRefusedNotWrapped) {
  error("leaderboard", R"({"limit": 18446744073709551615})");
  error("leaderboard", R"({"limit": -9223372036854775809})");
  error("submit_experiment", R"({"title": "t", "params": {"n": 9223372036854775808}})");
}

TEST_F(Arguments, AGridIsListsOfValuesByParameterInTheirOrder) {
  SweepRequest seen;
  world.sweep = [&](const SweepRequest& request) -> Result<SubmitReply> {
    seen = request;
    return SubmitReply{};
  };
  call("submit_sweep",
       R"({"title":"t","grid":{"lr":[0.1,0.2],"depth":"[4,6]"},"design":"fractional"})");
  EXPECT_EQ(seen.grid, (Grid{{"lr", {0.1, 0.2}}, {"depth", {std::int64_t{4}, std::int64_t{6}}}}));
  EXPECT_EQ(seen.design, Design::kFractional);
  EXPECT_TRUE(call("submit_sweep", R"({"title":"t","grid":{"lr":0.1}})")
                  .text.starts_with("INVALID argument \"grid.lr\" is number 0.1; expected a list"));
}
