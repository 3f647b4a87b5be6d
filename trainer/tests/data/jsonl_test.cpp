#include "trainer/data/jsonl.h"

#include <string>

#include "trainer/tests/data/scratch.h"

namespace trainer {
namespace {

std::string document_of(std::string_view line) { return must(document_of_json_line(line)); }
std::string fault_of(std::string_view line) { return message_of(document_of_json_line(line)); }

TEST(Jsonl, TheTextIsTheDocumentWhateverElseTheObjectHas) {
  EXPECT_EQ(document_of(R"({"text":"one"})"), "one");
  EXPECT_EQ(
      document_of(R"( {"id" : -1.5e+3, "tags": [true, null, {"text": "no"}], "text": "one"} )"),
      "one");
  EXPECT_EQ(document_of("{\"text\":\"one\"}\r"), "one");
}

TEST(Jsonl, EscapesStandForTheirCharacters) {
  EXPECT_EQ(document_of(R"({"text":"\"\\\/\b\f\n\r\t"})"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(document_of(R"({"text":"\u0041\u00e9\u20AC\ud83d\uDE00"})"), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(document_of("{\"text\":\"caf\xe9\"}"), "caf\xe9");
}

TEST(Jsonl, HalfASurrogatePairIsAnError) {
  for (const char* text : {R"({"text":"\ud83d"})", R"({"text":"\ud83dx"})", R"({"text":"\ude00"})",
                           R"({"text":"\ud83d\u0041"})"}) {
    EXPECT_TRUE(fault_of(text).starts_with("half a surrogate pair")) << text;
  }
}

TEST(Jsonl, FaultsNameTheColumn) {
  EXPECT_EQ(fault_of(""), "'{' was expected at column 1");
  EXPECT_EQ(fault_of(R"(["text"])"), "'{' was expected at column 1");
  EXPECT_EQ(fault_of(R"({"text":"a)"), "a string without its closing quote at column 11");
  EXPECT_EQ(fault_of(R"({"text":"\x"})"), "an unknown escape at column 10");
  EXPECT_EQ(fault_of(R"({"text":"\u12g4"})"), "\\u without four hexadecimal digits at column 10");
  EXPECT_EQ(fault_of("{\"text\":\"a\tb\"}"), "a control character in a string at column 11");
  EXPECT_EQ(fault_of(R"({"text":"a"} x)"), "something after the object at column 14");
}

TEST(Jsonl, TheTextIsAStringAndThereIsOne) {
  EXPECT_EQ(fault_of("{}"), "the object has no string \"text\"");
  EXPECT_EQ(fault_of(R"({"text":1})"), "a string was expected at column 9");
  EXPECT_EQ(fault_of(R"({"text":"a","text":"b"})"), "a second \"text\" at column 20");
}

TEST(Jsonl, OtherValuesAreCheckedToo) {
  for (const char* value : {"", "01", "1.", "1e", "-", "tru", "[1,]", "{\"a\"}", "{\"a\":1,}",
                            "'a'", "+1", "[1 2]", "NaN"}) {
    EXPECT_NE(fault_of("{\"text\":\"a\",\"b\":" + std::string(value) + "}"), "") << value;
  }
}

TEST(Jsonl, ValuesAreNotNestedWithoutEnd) {
  const std::string deep = std::string(100'000, '[');
  EXPECT_EQ(fault_of("{\"a\":" + deep), "values nested too deep at column 70");
}

}  // namespace
}  // namespace trainer
