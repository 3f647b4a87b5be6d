// What `pawl init` makes of a repository without pawl.toml.
#include <gtest/gtest.h>

#include <fstream>

#include "server/setup/project_draft.h"
#include "tests/transport/daemon.h"

using namespace pawl;

namespace {

class Draft : public testing::Test {
 protected:
  ProjectDraft of(const std::vector<std::string>& files) {
    for (const std::string& file : files) std::ofstream(top.path / file) << "\n";
    return recognise_project(top.path);
  }

  TestFolder top;
};

ProjectFile read_back(const ProjectDraft& draft) {
  const auto file = parse_project_file({"pawl.toml", project_text(draft)});
  EXPECT_TRUE(file) << (file ? "" : format(file.error()));
  return file.value_or(ProjectFile{});
}

TEST_F(Draft, OfAutoresearchIsComplete) {
  const ProjectDraft draft =
      of({"prepare.py", "train.py", "program.md", "pyproject.toml", "uv.lock"});
  EXPECT_EQ(draft.what, "a checkout of autoresearch");
  EXPECT_EQ(draft.file.goal.metric, "val_bpb");
  EXPECT_EQ(draft.file.command, (std::vector<std::string>{".venv/bin/python", "train.py"}));
  EXPECT_EQ(draft.file.frozen,
            (std::vector<std::string>{"prepare.py", "pyproject.toml", "uv.lock", "pawl.toml"}));
  EXPECT_EQ(draft.file.environment.path, std::vector<std::string>{".venv"});
  EXPECT_EQ(draft.file.volumes.at(0).path, ".cache/autoresearch");
  EXPECT_TRUE(draft.fixed_time);
  EXPECT_EQ(read_back(draft), draft.file);
}

TEST_F(Draft, OfAnythingElseLacksTheMetric) {
  ProjectDraft draft = of({"train.py", "evaluate.py"});
  EXPECT_EQ(draft.file.command, (std::vector<std::string>{"python3", "train.py", "{params}"}));
  EXPECT_EQ(draft.file.frozen, (std::vector<std::string>{"evaluate.py", "pawl.toml"}));
  EXPECT_EQ(draft.file.goal.metric, "");
  draft.file.goal = {.metric = "acc", .direction = Direction::kMax};
  EXPECT_EQ(read_back(draft), draft.file);
}

TEST_F(Draft, OfAMakefileBuildsWithIt) {
  ProjectDraft draft = of({"Makefile"});
  EXPECT_TRUE(draft.file.command.empty());
  draft.file.command = {"./run", "it's \"quoted\" \\ here"};
  draft.file.goal.metric = "loss";
  EXPECT_EQ(draft.file.build, std::vector<std::string>{"make"});
  EXPECT_EQ(read_back(draft), draft.file);
}

}  // namespace

TEST(ProjectName, IsWhatAProjectMayBeCalled) {
  EXPECT_EQ(project_name_of("autoresearch"), "autoresearch");
  EXPECT_EQ(project_name_of("My Project (2)"), "my-project-2");
  EXPECT_EQ(project_name_of("_x"), "x");
  EXPECT_EQ(project_name_of("\xC3\xA9t\xC3\xA9"), "t");
  EXPECT_EQ(project_name_of("..."), "project");
}

TEST(CommandWords, StandBetweenBlanks) {
  EXPECT_EQ(words_of("python3  train.py {params}").value(),
            (std::vector<std::string>{"python3", "train.py", "{params}"}));
  EXPECT_EQ(words_of("./run 'two words' \"\"").value(),
            (std::vector<std::string>{"./run", "two words", ""}));
  EXPECT_EQ(words_of("./run 'open").error().message, "a ' is not closed in ./run 'open");
}
