#include "server/core/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace pawl;

TEST(Base64, ReadsTheExamplesOfTheStandard) {  // RFC 4648, 10
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64("+/+/"), "\xfb\xff\xbf");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zm9v!mFy", "Zm 9", "-_-_"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

TEST(Base64, WritesNamesForUrls) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xfb\xff\xbf"), "-_-_");
  EXPECT_EQ(base64url(std::string(32, 'x')).size(), 43);
}

TEST(Base64, WhatWasWrittenIsReadAgain) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string text = base64url(bytes);
    for (char& letter : text) letter = letter == '-' ? '+' : letter == '_' ? '/' : letter;
    text.append((4 - text.size() % 4) % 4, '=');
    RC_ASSERT(decode_base64(text) == bytes);
  }));
}
