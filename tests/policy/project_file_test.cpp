#include "server/policy/project_file.h"

#include <gtest/gtest.h>

using namespace pawl;

namespace {

const std::string kTiny = R"(name = "tiny"
command = ["./train", "--steps", "${steps}", "{params}"]
build = ["make", "train"]
frozen = ["evaluate.h", "data/"]
artifacts = ["*.bin"]

[goal]
metric = "val_bpb"
direction = "min"

[params.lr]
type = "float"
min = 0.01
max = 1
default = 0.1

[params.steps]
type = "int"
choices = [100, 200]
default = 100

[[volume]]
name = "corpus"
path = "/data"
)";

ProjectFile parsed(const std::string& text) {
  const auto project = parse_project_file({"pawl.toml", text});
  EXPECT_TRUE(project.has_value()) << (project ? "" : format(project.error()));
  return project.value_or(ProjectFile{});
}

std::string mistakes_of(const std::string& text) {
  const auto project = parse_project_file({"pawl.toml", text});
  EXPECT_FALSE(project.has_value());
  return project ? "" : format(project.error());
}

// kTiny with one text replaced.
std::string tiny_with(const std::string& from, const std::string& to) {
  std::string text = kTiny;
  EXPECT_NE(text.find(from), std::string::npos) << from;
  return text.replace(text.find(from), from.size(), to);
}

std::string first_mistake_with(const std::string& from, const std::string& to) {
  const std::string all = mistakes_of(tiny_with(from, to));
  return all.substr(0, all.find('\n'));
}

}  // namespace

TEST(ProjectFile, IsReadWhole) {
  const ProjectFile tiny = parsed(kTiny);
  EXPECT_EQ(tiny.name, "tiny");
  EXPECT_EQ(tiny.goal, (Goal{"val_bpb", Direction::kMin, 4}));
  EXPECT_EQ(tiny.command.size(), 4U);
  EXPECT_EQ(tiny.build, (std::vector<std::string>{"make", "train"}));
  EXPECT_EQ(tiny.frozen, (std::vector<std::string>{"evaluate.h", "data/"}));
  EXPECT_EQ(tiny.volumes, (std::vector<ProjectVolume>{{"corpus", "", "/data"}}));
  ASSERT_EQ(tiny.params.size(), 2U);
  EXPECT_EQ(describe(tiny.params[0]), "lr float 0.01..1 (0.1)");
  EXPECT_EQ(describe(tiny.params[1]), "steps int 100, 200 (100)");
}

TEST(ProjectFile, ALimitOfAFloatMayBeWrittenAsAnInteger) {
  EXPECT_EQ(parsed(kTiny).params[0].max, ParamValue(1.0));
}

TEST(ProjectFile, AShellLineIsNotACommand) {
  EXPECT_EQ(
      mistakes_of("name = \"t\"\ncommand = \"make && ./train\"\n[goal]\nmetric = \"m\"\ndirection "
                  "= \"max\"\n"),
      "pawl.toml:2:11: command: expected a list, found text\n"
      "   2 | command = \"make && ./train\"\n"
      "     |           ^~~~~~~~~~~~~~~~~\n"
      "  No shell reads this: write one string an argument, such as [\"./train\", \"--fast\"].\n");
}

TEST(ProjectFile, AnUnknownParameterInTheCommandNamesTheNearest) {
  EXPECT_EQ(mistakes_of(tiny_with("${steps}", "${step}")),
            "pawl.toml:2:34: no parameter is named \"step\"\n"
            "   2 | command = [\"./train\", \"--steps\", \"${step}\", \"{params}\"]\n"
            "     |                                  ^~~~~~~~~\n"
            "  Did you mean \"steps\"?\n");
}

TEST(ProjectFile, MissingKeysAreNamed) {
  EXPECT_EQ(mistakes_of("name = \"t\"\n[goal]\nmetric = \"m\"\n"),
            "pawl.toml:1:1: the key \"command\" is missing\n"
            "   1 | name = \"t\"\n"
            "     | ^\n"
            "  Add command = [\"./train\", \"{params}\"].\n"
            "pawl.toml:2:1: [goal] lacks the key \"direction\"\n"
            "   2 | [goal]\n"
            "     | ^~~~~~\n"
            "  Add direction = \"min\".\n");
}

TEST(ProjectFile, RangesThatHoldNothingAreMistakes) {
  EXPECT_EQ(first_mistake_with("max = 1", "max = 0.001"),
            "pawl.toml:14:7: max: lr = 0.001 is under the limit of 0.01");
  EXPECT_EQ(first_mistake_with("default = 0.1", "default = 2"),
            "pawl.toml:15:11: default: lr = 2 is over the limit of 1");
  EXPECT_EQ(first_mistake_with("default = 100", "default = 150"),
            "pawl.toml:20:11: default: steps = 150 is not one of 100, 200");
  EXPECT_EQ(first_mistake_with("min = 0.01", "min = \"low\""),
            "pawl.toml:13:7: min: lr = low is not of type float");
}

TEST(ProjectFile, PathsStayInsideTheRepository) {
  EXPECT_EQ(first_mistake_with("\"data/\"", "\"../data\""),
            "pawl.toml:4:10: frozen: \"../data\" does not stay inside the repository");
  EXPECT_EQ(first_mistake_with("\"data/\"", "\"/etc/passwd\""),
            "pawl.toml:4:10: frozen: \"/etc/passwd\" does not stay inside the repository");
  EXPECT_EQ(first_mistake_with("\"/data\"", "\"/data/../etc\""),
            "pawl.toml:24:8: path: \"/data/../etc\" is not a path without \".\" and \"..\"");
}

TEST(ProjectFile, AllParametersStandAlone) {
  EXPECT_EQ(first_mistake_with("\"{params}\"", "\"--x={params}\""),
            "pawl.toml:2:46: {params} is not an element of its own");
}

TEST(ProjectFile, HostileNamesAreRefused) {
  EXPECT_EQ(first_mistake_with("name = \"tiny\"", "name = \"../x\""),
            "pawl.toml:1:8: name: \"../x\" is not a name");
  EXPECT_EQ(first_mistake_with("[params.lr]", "[params.\"-rf\"]"),
            "pawl.toml:11:9: \"-rf\" cannot be the name of a params");
  EXPECT_EQ(first_mistake_with("metric = \"val_bpb\"", "metric = \"val bpb\""),
            "pawl.toml:8:10: metric: \"val bpb\" is not a metric's key");
}
