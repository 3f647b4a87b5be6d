// `pawl report` and its forms.
#include <fstream>
#include <sstream>

#include "server/cli/exit_code.h"
#include "tests/cli/fixture.h"

using namespace pawl;

class ReportCommand : public CommandLineTest {
 protected:
  ReportCommand() : daemon(socket) {
    daemon.world.night = [this](const NightRequest& request) -> Result<NightReport> {
      asked.push_back(request);
      return NightReport{.project = "austen", .metric = "val_bpb"};
    };
    daemon.world.results_table = []() -> Result<std::string> { return "commit\tval_bpb\n"; };
  }
  TestDaemon daemon;
  std::vector<NightRequest> asked;
};

TEST_F(ReportCommand, PrintsTheLastNightUnlessToldOtherwise) {
  const Ran ran = run({"report"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("pawl · austen · ")) << ran.out;
  EXPECT_EQ(run({"report", "--morning"}).out, ran.out);
  EXPECT_FALSE(asked.at(0).since);
  for (const char* since : {"90m", "12h", "2d"}) run({"report", "--since", since});
  EXPECT_EQ(asked.at(2).since, std::chrono::minutes(90));
  EXPECT_EQ(asked.at(3).since, std::chrono::hours(12));
  EXPECT_EQ(asked.at(4).since, std::chrono::hours(48));
}

TEST_F(ReportCommand, WritesThePictureToItsFile) {
  const std::string file = (folder.path / "night.svg").string();
  EXPECT_EQ(run({"report", "--svg", file}).out, "wrote " + file + "\n");
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_TRUE(text.str().starts_with("<svg ")) << text.str();
  EXPECT_TRUE(text.str().ends_with("</svg>\n"));
  const Ran ran = run({"report", "--svg", (folder.path / "no/such/folder.svg").string()});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_TRUE(ran.err.starts_with("pawl: could not write ")) << ran.err;
}

TEST_F(ReportCommand, ARefusalIsNoPicture) {
  daemon.world.night = [](const NightRequest&) -> Result<NightReport> {
    return fail(ErrorKind::kNotFound, "no project here");
  };
  const std::string file = (folder.path / "night.svg").string();
  EXPECT_EQ(run({"report", "--svg", file}).exit_code, 4);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(ReportCommand, PrintsResultsTsvAsItIs) {
  EXPECT_EQ(run({"report", "--tsv"}).out, "commit\tval_bpb\n");
  EXPECT_EQ(run({"report", "--tsv", "--svg", "x"}).exit_code, 2);
}

TEST_F(ReportCommand, RefusesASpanWithoutAUnit) {
  for (const char* since : {"12", "5x", "0h", "-1h", "soon"}) {
    EXPECT_EQ(run({"report", "--since", since}).exit_code, 2) << since;
  }
}
