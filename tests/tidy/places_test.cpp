// Things that live in one place only: SQL, JSON, the time, new processes, and the libraries behind
// them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/tidy/source.h"

using namespace tidy;

namespace {

struct Place {
  std::string what;
  std::vector<std::string> words;   // in code
  std::vector<std::string> quotes;  // a string literal begins so
  std::vector<std::string> headers;
  std::vector<std::string> allowed;  // folders, or files
};

const std::vector<Place> kPlaces = {
    {"SQL and SQLite live in server/store",
     {"sqlite3", "sqlite3_stmt"},
     {"SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "CREATE ", "PRAGMA ", "BEGIN IMMEDIATE"},
     {"sqlite3.h"},
     {"server/store"}},
    {"JSON is read and written in tools, server/protocol, server/records, server/notify, "
     "server/setup and server/simulation",
     {"nlohmann"},
     {},
     {"nlohmann/json.hpp", "nlohmann/json_fwd.hpp"},
     {"tools", "server/protocol", "server/records", "server/notify", "server/web", "server/setup",
      "server/simulation"}},
    {"the time is read in server/core/clock.h and trainer/core/clock.h; the keeper has its own "
     "timer",
     {"system_clock", "steady_clock", "high_resolution_clock", "clock_gettime", "gettimeofday"},
     {},
     {},
     {"server/core/clock.h", "trainer/core/clock.h", "keeper"}},
    {"only the keeper, server/runner/process.cpp and trainer/exchange start processes",
     {"fork", "vfork", "posix_spawn", "posix_spawnp", "execv", "execve", "execvp", "execvpe",
      "execl", "execlp", "fexecve", "popen"},
     {},
     {"spawn.h"},
     {"keeper", "server/runner/process.cpp", "trainer/exchange"}},
    {"TOML is read in server/policy", {"toml"}, {}, {"toml++/toml.h"}, {"server/policy"}},
    {"libcurl is called in server/notify", {"CURL"}, {}, {"curl/curl.h"}, {"server/notify"}},
    {"libgit2 is called in server/source", {"git_repository"}, {}, {"git2.h"}, {"server/source"}},
};

bool is_allowed(const Place& place, const SourceFile& file) {
  return std::ranges::any_of(place.allowed,
                             [&](const std::string& at) { return file.path == at || file.in(at); });
}

Findings things_stay_in_their_place(const SourceFile& file) {
  Findings found;
  if (!file.is_product()) return found;
  for (const Place& place : kPlaces) {
    if (is_allowed(place, file)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      const bool word =
          std::ranges::any_of(place.words, [&](auto& w) { return has_word(file.code[i], w); });
      const bool quote =
          std::ranges::any_of(place.quotes, [&](auto& q) { return line.contains("\"" + q); });
      const bool header = std::ranges::any_of(
          place.headers, [&](auto& h) { return line.starts_with("#include <" + h); });
      if (word || quote || header) found.push_back({file.path, i + 1, place.what});
    }
  }
  return found;
}

// A translation unit that sees json.hpp takes seconds longer; below tools/ only .cpp files may.
Findings json_stays_out_of_low_headers(const SourceFile& file) {
  if (!file.in("server/records") || !file.path.ends_with(".h")) return {};
  return find_lines(file, file.lines, "headers below tools/ may not include json.hpp",
                    [](auto line) { return line.starts_with("#include <nlohmann/json.hpp"); });
}

}  // namespace

TEST(Places, ThingsStayInTheirPlace) { EXPECT_NO_FINDINGS(check_tree(things_stay_in_their_place)); }

TEST(Places, WhatLiesInTheWrongPlaceIsFound) {
  const std::array bad = {"auto rows = query(\"SELECT id FROM job\");",
                          "#include <sqlite3.h>",
                          "#include <nlohmann/json.hpp>",
                          "const auto now = steady_clock::now();",
                          "const int pid = fork();",
                          "#include <toml++/toml.h>",
                          "#include <curl/curl.h>",
                          "#include <git2.h>"};
  for (const char* line : bad)
    EXPECT_EQ(check_text(things_stay_in_their_place, "server/jobs/a.cpp", line).size(), 1U) << line;
}

TEST(Places, WhatLiesInItsPlaceIsNot) {
  const auto check = [](std::string path, std::string_view text) {
    return check_text(things_stay_in_their_place, std::move(path), text);
  };
  EXPECT_NO_FINDINGS(check("server/store/a.cpp", "auto rows = query(\"SELECT id FROM job\");"));
  EXPECT_NO_FINDINGS(check("server/runner/process.cpp", "posix_spawn(&pid);"));
  EXPECT_NO_FINDINGS(check("server/jobs/a.cpp", "// we never fork here\nfork_in_the_road();"));
}

TEST(Places, JsonStaysOutOfLowHeaders) {
  EXPECT_NO_FINDINGS(check_tree(json_stays_out_of_low_headers));
}

TEST(Places, JsonInALowHeaderIsFound) {
  const Findings found = check_text(json_stays_out_of_low_headers, "server/records/a.h",
                                    "\n#include <nlohmann/json.hpp>\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 2U);
}
