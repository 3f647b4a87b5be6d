// Folders know only what lies below them. The list of allowed edges stands here and in
// CMakeLists.txt; both must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "tests/tidy/source.h"

using namespace tidy;

namespace {

using Edges = std::map<std::string, std::set<std::string>>;

const Edges kEdges = {
    {"server/core", {}},
    {"server/budget", {"server/core"}},
    {"server/statistics", {"server/core"}},
    {"server/policy", {"server/core"}},
    {"server/placement", {"server/core", "server/policy"}},
    {"server/sandbox", {"server/core"}},
    {"server/store", {"server/core"}},
    {"server/source", {"server/core"}},
    {"server/records", {"server/core"}},
    {"server/runner", {"server/core", "server/sandbox"}},
    {"server/notify", {"server/store"}},
    {"server/jobs",
     {"server/budget", "server/statistics", "server/policy", "server/placement", "server/store",
      "server/source", "server/records", "server/runner"}},
    {"server/simulation", {"server/jobs"}},
    {"tools", {"server/jobs"}},
    {"server/protocol", {"tools"}},
    {"server/transport", {"server/protocol"}},
    {"server/setup", {"server/transport"}},
    {"server/cli", {"server/setup"}},
    {"server", {"server/cli", "server/notify", "server/simulation"}},  // main.cpp composes
    {"keeper", {"server/core"}},
    {"trainer/core", {}},
    {"trainer/data", {"trainer/core"}},
    {"trainer/measure", {"trainer/core"}},
    {"trainer/checkpoint", {"trainer/core"}},
    {"trainer/exchange", {"trainer/core"}},
    {"trainer/ops", {}},
    {"trainer/ops/cpu", {"trainer/ops", "trainer/core"}},
    {"trainer/ops/cuda", {"trainer/ops", "trainer/core"}},
    {"trainer/model", {"trainer/ops", "trainer/core"}},  // any op set
    {"trainer/optim", {"trainer/model"}},
    {"trainer/app",
     {"trainer/data", "trainer/measure", "trainer/checkpoint", "trainer/exchange",
      "trainer/ops/cpu", "trainer/ops/cuda", "trainer/optim"}},
};

bool may_know(const std::string& folder, const std::string& target) {
  if (folder == target) return true;
  const auto found = kEdges.find(folder);
  return found != kEdges.end() && std::ranges::any_of(found->second, [&](const std::string& below) {
           return may_know(below, target);
         });
}

// Declarations that the keeper shares with the server, which links nothing of it.
const std::set<std::string> kKeeperWords = {"keeper/contract.h", "keeper/fd.h"};

// "server/core/result.h" of a line that includes it with quotes, else empty.
std::string included(std::string_view line) {
  constexpr std::string_view kInclude = "#include \"";
  if (!line.starts_with(kInclude)) return {};
  line.remove_prefix(kInclude.size());
  return std::string(line.substr(0, line.find('"')));
}

bool may_include(const std::string& folder, const std::string& target) {
  if (folder == "server/runner" && kKeeperWords.contains(target)) return true;
  return may_know(folder, source_file(target, "").folder());
}

Findings includes_point_down(const SourceFile& file) {
  if (!file.is_product()) return {};
  const std::string folder = file.folder();
  return find_lines(file, file.lines, "includes what " + folder + " may not know", [&](auto line) {
    const std::string target = included(line);
    return !target.empty() && !may_include(folder, target);
  });
}

// Decisions are functions of values: they are told the time, they never ask.
Findings decisions_ask_no_clock(const SourceFile& file) {
  if (!file.in("server/budget") && !file.in("server/policy") && !file.in("server/placement"))
    return {};
  return find_lines(file, file.code, "decisions may not ask a clock", [](auto line) {
    return has_word(line, "Clock") || has_word(line, "SystemClock");
  });
}

// The DEPS of each pawl_folder or trainer_folder of a CMakeLists.txt, as folders; those of the
// trainer are named from `top` on.
Edges edges_of_cmake(const std::string& text, const std::string& top = {}) {
  Edges edges;
  std::istringstream in(text);
  std::string folder, comment;
  bool in_deps = false;
  for (std::string word; in >> word;) {
    if (word == "#") std::getline(in, comment);
    if (word.starts_with("pawl_folder(") || word.starts_with("trainer_folder(")) {
      folder = top + word.substr(word.find('(') + 1);
      in_deps = false;
    }
    const bool closes = word.ends_with(')');
    word = word.substr(0, word.find(')'));
    if (word == "LIBS") in_deps = false;
    if (in_deps && word.starts_with("server_")) word[6] = '/';
    if (in_deps) edges[folder].insert(top + word);
    if (word == "DEPS") in_deps = true;
    if (closes) in_deps = false;
  }
  return edges;
}

}  // namespace

TEST(Floors, IncludesPointDownwards) { EXPECT_NO_FINDINGS(check_tree(includes_point_down)); }

TEST(Floors, AnIncludeOfAHigherFloorIsFound) {
  const auto check = [](std::string path, std::string_view text) {
    return check_text(includes_point_down, std::move(path), text).size();
  };
  EXPECT_EQ(check("server/store/a.cpp", "#include <map>\n#include \"server/jobs/service.h\"\n"),
            1U);
  EXPECT_EQ(check("server/store/a.cpp", "#include \"server/runner/runner.h\"\n"), 1U);  // a peer
  EXPECT_EQ(check("keeper/a.cpp", "#include \"server/store/store.h\"\n"), 1U);
  EXPECT_EQ(check("tools/a.cpp", "#include \"server/core/money.h\"\n#include \"tools/reply.h\"\n"),
            0U);
}

TEST(Floors, DecisionsAskNoClock) { EXPECT_NO_FINDINGS(check_tree(decisions_ask_no_clock)); }

TEST(Floors, ADecisionThatAsksTheClockIsFound) {
  const auto check = [](std::string_view text) {
    return check_text(decisions_ask_no_clock, "server/budget/a.h", text).size();
  };
  EXPECT_EQ(check("const auto now = SystemClock().now();\n"), 1U);
  EXPECT_EQ(check("bool fits(const Clock& clock);\n"), 1U);
  EXPECT_EQ(check("bool fits(Timestamp now);\n"), 0U);
}

TEST(Floors, CMakeLinksWhatTheListAllows) {
  const Edges linked = edges_of_cmake(read_file("CMakeLists.txt"));
  EXPECT_GE(linked.size(), 10U);
  for (const auto& [folder, below] : linked) {
    for (const std::string& target : below)
      EXPECT_TRUE(may_know(folder, target)) << folder << " links " << target;
  }
}

TEST(Floors, TheTrainersCMakeLinksWhatTheListAllows) {
  const Edges linked = edges_of_cmake(read_file("trainer/CMakeLists.txt"), "trainer/");
  EXPECT_GE(linked.size(), 6U);
  for (const auto& [folder, below] : linked) {
    for (const std::string& target : below)
      EXPECT_TRUE(may_know(folder, target)) << folder << " links " << target;
  }
}

TEST(Floors, TheEdgesOfCMakeAreReadAcrossLines) {
  const Edges edges = edges_of_cmake(
      "# pawl_folder(a DEPS b)\npawl_folder(server/jobs\n  DEPS server_store tools\n  LIBS "
      "fmt::fmt)\n");
  EXPECT_EQ(edges, (Edges{{"server/jobs", {"server/store", "tools"}}}));
}
