// get_metrics: what an agent sees of curves.
#include "tests/tools/fixture.h"

using namespace pawl;

using GetMetrics = ToolTest;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

JobCurve curve(const std::string& job, const std::string& key, int points) {
  JobCurve line{.job = job, .key = key};
  for (int i = 1; i <= points; ++i) line.curve.add(i, 1 + 2.0 / i);
  line.judgement = judge(line.curve, {.direction = Direction::kMin});
  return line;
}

void answer(World& world, const MetricsReply& reply) {
  world.metrics = [reply](const MetricsRequest&) -> Result<MetricsReply> { return reply; };
}

}  // namespace

TEST_F(GetMetrics, AlignsCurvesAndSaysWhatEachDoes) {
  const Rendered rendered = call("get_metrics", R"({"jobs":["047","048"],"points":2})");
  EXPECT_EQ(
      rendered.structured,
      R"({"summary":"047 val_bpb is improving, last 1.0000; 2 curves over step, 2 rows.",)"
      R"("columns":["step","047.val_bpb","048.val_bpb"],)"
      R"("rows":[[50,1.745,2.745],[100,1.245,2.245]],)"
      R"("curves":{"columns":["job","key","points","last","best","best_at","slope","verdict"],)"
      R"("rows":[["047","val_bpb",100,1.0,1.0,100,-0.01,"improving"],)"
      R"(["048","val_bpb",100,2.0,2.0,100,-0.01,"improving"]]},)"
      R"("sampling":"means of up to 50 points a row; x is the last of them",)"
      R"("other_keys":["lr","mfu"],)"
      R"("next":["wait_jobs jobs:[\"048\"]"],"budget":"$12.40 of $40.00 today"})");
}

TEST_F(GetMetrics, ShowsEveryPointWhereThereIsRoom) {
  answer(world, {.curves = {curve("047", "loss", 20)}});
  const Rendered rendered = call("get_metrics", R"({"jobs":"047"})");
  EXPECT_TRUE(has(rendered.structured, R"("sampling":"every point")"));
  EXPECT_TRUE(has(rendered.structured, "[1,3.0],[2,2.0],"));
}

TEST_F(GetMetrics, ALiveJobThatIsLostIsOfferedForCancelling) {
  MetricsReply reply{.curves = {curve("047", "loss", 20)}, .live = {"047"}};
  reply.curves[0].judgement = {.verdict = CurveVerdict::kDiverged, .at = 410, .slope = {}};
  answer(world, reply);
  const Rendered rendered = call("get_metrics", R"({"jobs":["047"]})");
  EXPECT_TRUE(has(rendered.text, "047 loss is diverged at step 410")) << rendered.text;
  EXPECT_TRUE(has(rendered.text, R"(next: cancel_jobs jobs:["047"] why:"loss diverged")"));
}

TEST_F(GetMetrics, SaysWhichJobHasNoCurveAndWhy) {
  answer(world, {.curves = {}, .absent = {"048 has not started"}});
  const Rendered rendered = call("get_metrics", R"({"jobs":["048"]})");
  EXPECT_FALSE(rendered.is_error);
  EXPECT_TRUE(rendered.text.starts_with("No curve: 048 has not started.\n")) << rendered.text;
}

TEST_F(GetMetrics, EightJobsWithLongNamesFitAndKeepTheirEnds) {
  MetricsReply reply;
  for (const char* job : {"101", "102", "103", "104", "105", "106", "107", "108"}) {
    reply.curves.push_back(curve(job, "validation_loss_per_byte", 3'000));
    reply.curves.push_back(curve(job, "loss", 3'000));
  }
  answer(world, reply);
  for (const auto& [arguments, tokens] :
       {std::pair{R"({"jobs":["101"]})", 1'200U}, {R"({"jobs":["101"],"points":200})", 6'000U}}) {
    const Rendered rendered = call("get_metrics", arguments);
    EXPECT_LE(count_tokens(rendered.text), tokens);
    EXPECT_LE(count_tokens(rendered.structured), tokens);
    EXPECT_TRUE(has(rendered.structured, "[3000,")) << "the end of the curves is missing";
    EXPECT_TRUE(has(rendered.structured, "rows asked for; fewer jobs or keys"));
  }
}

TEST_F(GetMetrics, TakesOneToEightJobsAndAKnownAxis) {
  EXPECT_TRUE(has(call("get_metrics", "{}").text, "jobs"));
  EXPECT_TRUE(call("get_metrics", R"({"jobs":[]})").is_error);
  EXPECT_TRUE(call("get_metrics", R"({"jobs":["1","2","3","4","5","6","7","8","9"]})").is_error);
  EXPECT_TRUE(call("get_metrics", R"({"jobs":["1"],"x":"epochs"})").is_error);
  EXPECT_FALSE(call("get_metrics", R"({"jobs":["1"],"x":"tokens"})").is_error);
}
