// What no file may contain.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "tests/tidy/source.h"

using namespace tidy;

namespace {

struct Ban {
  std::string what;
  bool (*is_bad)(std::string_view code);
};

bool has_any(std::string_view code, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](auto word) { return has_word(code, word); });
}

const std::array<Ban, 3> kBans = {{
    {"catch (...) hides bugs; catch what the library throws",
     [](std::string_view code) {
       return code.contains("catch (...)") || code.contains("catch(...)");
     }},
    {"no detached threads", [](std::string_view code) { return code.contains(".detach()"); }},
    {"nobody sleeps: wait for the event, or advance a FakeClock",
     [](std::string_view code) {
       return has_any(code, {"sleep_for", "sleep_until", "usleep", "nanosleep", "sleep"});
     }},
}};

Findings nothing_forbidden(const SourceFile& file) {
  Findings found;
  for (const Ban& ban : kBans) {
    if (file.in("examples")) continue;
    std::ranges::move(find_lines(file, file.code, ban.what, ban.is_bad), std::back_inserter(found));
  }
  return found;
}

// What a unique_ptr takes at once is owned (a private constructor leaves no other way), and what is
// built in place is too.
Findings everything_has_an_owner(const SourceFile& file) {
  Findings found;
  for (std::size_t i = 0; i < file.code.size() && !file.in("examples"); ++i) {
    const std::string& line = file.code[i];
    const bool is_owned = line.contains("new (") || line.contains("unique_ptr<") ||
                          (i > 0 && file.code[i - 1].contains("unique_ptr<"));
    const bool deletes = has_word(line, "delete") && !line.contains("= delete");
    if ((has_word(line, "new") && !is_owned) || deletes) {
      found.push_back(
          {file.path, i + 1, "a resource has one owner with a destructor: no new, no delete"});
    }
  }
  return found;
}

// Places on the machine that built this, not in the project: where it is checked out, and that
// folder's neighbours. A checkout at the top of the machine, such as /src, has neighbours that
// everybody has.
std::vector<std::string> machine_paths() {
  namespace fs = std::filesystem;
  const fs::path top = SOURCE_ROOT;
  std::vector<std::string> paths;
  if (top.parent_path() == top.root_path()) return paths;
  for (const auto& neighbour : fs::directory_iterator(top.parent_path())) {
    paths.push_back(neighbour.path().string() + "/");
  }
  return paths;
}

Findings no_machine_paths(const SourceFile& file, const std::vector<std::string>& paths) {
  return find_lines(file, file.lines, "names a path of one machine", [&](std::string_view line) {
    return std::ranges::any_of(paths, [&](const std::string& path) { return line.contains(path); });
  });
}

Findings no_unfinished_business(const SourceFile& file) {
  return find_lines(file, file.lines, "a change finishes or is not begun",
                    [](std::string_view line) {
                      return has_any(line, {"TO"
                                            "DO",
                                            "FIX"
                                            "ME",
                                            "XX"
                                            "X"});
                    });
}

}  // namespace

TEST(Forbidden, IsNowhere) { EXPECT_NO_FINDINGS(check_tree(nothing_forbidden)); }

TEST(Forbidden, EachIsFound) {
  const std::array bad = {"} catch (...) {", "thread.detach();",
                          "std::this_thread::sleep_for(1s);"};
  for (const char* line : bad)
    EXPECT_EQ(check_text(nothing_forbidden, "server/jobs/a.cpp", line).size(), 1U) << line;
}

TEST(Ownership, EverythingHasAnOwner) { EXPECT_NO_FINDINGS(check_tree(everything_has_an_owner)); }

TEST(Ownership, WhatHasNoneIsFound) {
  const auto check = [](std::string_view text) {
    return check_text(everything_has_an_owner, "server/jobs/a.cpp", text).size();
  };
  EXPECT_EQ(check("auto* job = new Job();"), 1U);
  EXPECT_EQ(check("delete job;"), 1U);
  EXPECT_EQ(
      check(
          "return std::unique_ptr<Job>(\n    new Job());\nJob(const Job&) = delete;\n// a new job"),
      0U);
}

TEST(Forbidden, WordsInCommentsAndStringsAreNot) {
  EXPECT_NO_FINDINGS(
      check_text(nothing_forbidden, "server/jobs/a.cpp",
                 "// they sleep\nlog(\"sleep\");\nauto s = R\"(sleep)\"; /* sleep\nsleep */"));
}

TEST(Forbidden, NoFileNamesAPathOfThisMachine) {
  const std::vector<std::string> paths = machine_paths();
  EXPECT_NO_FINDINGS(
      check_tree([&](const SourceFile& file) { return no_machine_paths(file, paths); }));
}

TEST(Forbidden, APathOfThisMachineIsFound) {
  const SourceFile file = source_file("docs/a.md", "ok\ncd /home/me/pawl/build\n");
  EXPECT_EQ(no_machine_paths(file, {"/home/me/other/", "/home/me/pawl/"}).size(), 1U);
}

TEST(Forbidden, NothingIsLeftUnfinished) { EXPECT_NO_FINDINGS(check_tree(no_unfinished_business)); }

TEST(Forbidden, UnfinishedBusinessIsFound) {
  EXPECT_EQ(check_text(no_unfinished_business, "docs/a.md",
                       "ok\n// TO"
                       "DO: later\n")
                .size(),
            1U);
}
