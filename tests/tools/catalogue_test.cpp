// What clients are told about the tools. After a wanted change:
//   PAWL_WRITE_SNAPSHOTS=1 test_tools --gtest_filter='Catalogue.*' && git diff
//   tests/tools/snapshots
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/tools/fixture.h"

using namespace pawl;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kListTokensMax = 4'000;
constexpr std::size_t kDescriptionMax = 200;
constexpr std::size_t kInstructionsMax = 1'536;

bool writing() { return getenv("PAWL_WRITE_SNAPSHOTS") != nullptr; }

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST(Catalogue, EachDefinitionIsItsCommittedSnapshot) {
  const fs::path folder = fs::path(SOURCE_ROOT) / "tests/tools/snapshots";
  for (const Tool& tool : catalogue()) {
    const fs::path file = folder / (tool.head.name + ".json");
    const std::string now = definition_text(tool);
    if (writing()) std::ofstream(file) << now;
    EXPECT_EQ(read_text(file), now) << file << ": see the head of this test";
  }
}

TEST(Catalogue, HasNoSnapshotOfAToolThatIsGone) {
  for (const auto& entry :
       fs::directory_iterator(fs::path(SOURCE_ROOT) / "tests/tools/snapshots")) {
    EXPECT_NE(find_tool(catalogue(), entry.path().stem().string()), nullptr) << entry.path();
  }
}

TEST(Catalogue, TheWholeListFitsFourThousandTokens) {
  std::size_t tokens = 0;
  for (const Tool& tool : catalogue()) tokens += count_tokens(compact_definition_text(tool));
  RecordProperty("tokens", std::to_string(tokens));
  EXPECT_LE(tokens, kListTokensMax);
}

TEST(Catalogue, DescriptionsAreShortAndInstructionsFitWhatClientsKeep) {
  for (const Tool& tool : catalogue()) {
    EXPECT_LE(tool.head.description.size(), kDescriptionMax) << tool.head.name;
    EXPECT_FALSE(tool.head.title.empty()) << tool.head.name;
  }
  EXPECT_LE(server_instructions().size(), kInstructionsMax);
}

TEST(Catalogue, TheOrderIsStable) {
  EXPECT_EQ(tool_names(catalogue()),
            (std::vector<std::string>{
                "briefing", "dry_run", "submit_experiment", "submit_sweep", "wait_jobs", "get_job",
                "get_metrics", "get_logs", "leaderboard", "compare_experiments", "record_decision",
                "cancel_jobs", "cost_status", "sandbox_open", "sandbox_exec", "sandbox_close"}));
}

TEST(Catalogue, ReadOnlyToolsAreThoseThatChangeNothing) {
  std::vector<std::string> readers;
  std::vector<std::string> destroyers;
  for (const Tool& tool : catalogue()) {
    if (tool.head.read_only) readers.push_back(tool.head.name);
    if (tool.head.destructive) destroyers.push_back(tool.head.name);
  }
  EXPECT_EQ(readers, (std::vector<std::string>{"briefing", "dry_run", "wait_jobs", "get_job",
                                               "get_metrics", "get_logs", "leaderboard",
                                               "compare_experiments", "cost_status"}));
  EXPECT_EQ(destroyers, (std::vector<std::string>{"cancel_jobs", "sandbox_close"}));
}

TEST(Catalogue, NamesNoHardware) {
  for (const Tool& tool : catalogue()) {
    const std::string text = compact_definition_text(tool);
    for (const char* word : {"h100", "H100", "cuda", "CUDA", "slurm", "pool", "spot", "nvidia"}) {
      EXPECT_EQ(text.find(word), std::string::npos) << tool.head.name << " says " << word;
    }
  }
}

// Written along with the snapshots; `pawl call --list` prints it too.
TEST(Catalogue, TheReadmeShowsTheTools) {
  const fs::path file = fs::path(SOURCE_ROOT) / "README.md";
  std::string readme = read_text(file);
  const std::string begin = "<!-- tools -->\n";
  const std::size_t first = readme.find(begin) + begin.size();
  const std::size_t last = readme.find("<!-- /tools -->");
  ASSERT_TRUE(readme.contains(begin) && last != std::string::npos && first <= last)
      << "README.md has no <!-- tools --> ... <!-- /tools -->";
  const std::string now = readme.substr(first, last - first);
  if (writing()) {
    std::ofstream(file) << readme.replace(first, last - first, readme_table());
  } else {
    EXPECT_EQ(now, readme_table());
  }
}
