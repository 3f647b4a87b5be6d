// How long a file and a function may be, and how many parameters one takes.
#include <gtest/gtest.h>

#include "tests/tidy/functions.h"
#include "tests/tidy/source.h"

using namespace tidy;

namespace {

constexpr std::size_t kFileLinesMax = 400;
constexpr std::size_t kFunctionLinesMax = 70;
constexpr std::size_t kParametersMax = 5;

bool is_measured(const SourceFile& file) { return file.is_cpp() || file.path.ends_with(".py"); }

Findings files_stay_short(const SourceFile& file) {
  if (!is_measured(file) || file.lines.size() <= kFileLinesMax) return {};
  return {{file.path, file.lines.size(), "a file has at most 400 lines; split it by subject"}};
}

Findings functions_stay_short(const SourceFile& file) {
  Findings found;
  for (const Function& function : functions_of(file)) {
    if (function.lines() <= kFunctionLinesMax) continue;
    found.push_back(
        {file.path, function.first_line,
         function.name + " has " + std::to_string(function.lines()) + " lines; at most 70"});
  }
  return found;
}

Findings functions_take_few_parameters(const SourceFile& file) {
  Findings found;
  for (const Function& function : functions_of(file)) {
    if (function.parameters <= kParametersMax || file.in("examples")) continue;
    found.push_back({file.path, function.first_line,
                     function.name + " takes " + std::to_string(function.parameters) +
                         " parameters; from the sixth on, an options struct"});
  }
  return found;
}

std::string repeat(std::string_view line, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line;
  return text;
}

std::vector<Function> functions(std::string_view text) {
  return functions_of(source_file("server/a.cpp", text));
}

}  // namespace

TEST(Size, FilesStayShort) { EXPECT_NO_FINDINGS(check_tree(files_stay_short)); }
TEST(Size, FunctionsStayShort) { EXPECT_NO_FINDINGS(check_tree(functions_stay_short)); }
TEST(Size, FunctionsTakeFewParameters) {
  EXPECT_NO_FINDINGS(check_tree(functions_take_few_parameters));
}

TEST(Size, ALongFileIsFound) {
  EXPECT_EQ(check_text(files_stay_short, "tools/a.cpp", repeat("int x;\n", 401)).size(), 1U);
  EXPECT_NO_FINDINGS(check_text(files_stay_short, "tools/a.cpp", repeat("int x;\n", 400)));
}

TEST(Size, ALongFunctionIsFoundWhereItBegins) {
  const std::string text =
      "namespace pawl {\nint f() {\n" + repeat("  if (x) { y(); }\n", 69) + "}\n}\n";
  const Findings found = check_text(functions_stay_short, "tools/a.cpp", text);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 2U);
  EXPECT_NO_FINDINGS(check_text(functions_stay_short, "tools/a.cpp",
                                "int f() {\n" + repeat("  y();\n", 68) + "}\n"));
}

TEST(Size, MethodsLambdasTestsAndConstructorsAreFunctions) {
  const std::string body = "{\n" + repeat("  y();\n", 80) + "}";
  for (const std::string head :
       {"class A {\n public:\n  int f(int a) const noexcept ", "const auto g = [](int a) ",
        "TEST(A, B) ", "A::A(int b) : c_{1}, d_(b) ", "auto h(int a) -> Result<int> ",
        "template <class T>\nT f(std::map<int, T> x) ", "bool operator()(int a) const ",
        "const Table kT = {\n{\"a\", [](int a) ", "struct stat f() "}) {
    EXPECT_EQ(check_text(functions_stay_short, "tools/a.cpp", head + body).size(), 1U) << head;
  }
}

TEST(Size, TypesAndTablesAreNot) {
  const std::string long_table =
      "const std::array kT = {\n" + repeat("  Row{1, f(2)},\n", 100) + "};\n";
  EXPECT_NO_FINDINGS(check_text(functions_stay_short, "tools/a.cpp", long_table));
  EXPECT_NO_FINDINGS(
      check_text(functions_stay_short, "tools/a.h",
                 "struct A final : B<int> {\n" + repeat("  int x{1};\n", 100) + "};\n"));
}

TEST(Size, SixParametersAreFound) {
  const auto check = [](std::string_view text) {
    return check_text(functions_take_few_parameters, "tools/a.h", text).size();
  };
  EXPECT_EQ(check("int f(int a, int b, int c, int d, int e, int f);"), 1U);
  EXPECT_EQ(
      check("int f(int a, std::map<int, int> b, int c = g(1, 2), int d, int e) { return 1; }"), 0U);
  EXPECT_EQ(check("const auto x = f(1, 2, 3, 4, 5, 6);"), 0U);
}

TEST(Size, NamesAndParametersAreRead) {
  const auto found = functions(
      "Result<std::pair<int, int>> Store::find(JobId id, Fn<int(int)> f) const {\n  return g(1, 2, "
      "3);\n}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "find");
  EXPECT_EQ(found[0].parameters, 2U);
  EXPECT_EQ(found[0].lines(), 3U);
}
