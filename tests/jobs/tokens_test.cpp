// Tokens for clients that come over HTTP.
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Tokens : public Night {};

TEST_F(Tokens, ATokenStandsForItsNameAndTheProject) {
  const NewToken token = service().create_token(agent(), "night", TokenScope::kAgent).value();
  EXPECT_TRUE(token.secret.starts_with("pawl_"));
  EXPECT_EQ(token.secret.size(), 5U + 43U);
  const Caller caller = service().caller_of(token.secret).value();
  EXPECT_EQ(caller.principal, "night");
  EXPECT_EQ(caller.agent, "night");
  EXPECT_EQ(caller.directory, token.root);
  EXPECT_TRUE(service().briefing(caller));
}

TEST_F(Tokens, NoTwoAreTheSameAndNoOtherOpens) {
  const std::string first = service().create_token(agent(), "a", TokenScope::kAgent).value().secret;
  const std::string second =
      service().create_token(agent(), "b", TokenScope::kAgent).value().secret;
  EXPECT_NE(first, second);
  for (const std::string& wrong : {std::string(), std::string("pawl_"), first + "x",
                                   first.substr(0, first.size() - 1), std::string("a")}) {
    EXPECT_EQ(refusal(service().caller_of(wrong)).kind, ErrorKind::kDenied) << wrong;
  }
}

TEST_F(Tokens, ARevokedOneOpensNothingAndItsNameIsFree) {
  const std::string old =
      service().create_token(agent(), "night", TokenScope::kAgent).value().secret;
  EXPECT_EQ(refusal(service().create_token(agent(), "night", TokenScope::kAgent)).kind,
            ErrorKind::kConflict);
  EXPECT_TRUE(service().revoke_token(agent(), "night"));
  EXPECT_EQ(refusal(service().caller_of(old)).kind, ErrorKind::kDenied);
  EXPECT_EQ(refusal(service().revoke_token(agent(), "night")).kind, ErrorKind::kNotFound);
  EXPECT_TRUE(service().create_token(agent(), "night", TokenScope::kAgent));
}

TEST_F(Tokens, OnlyAnAdminsIsASecretToo) {
  const NewToken night = service().create_token(agent(), "night", TokenScope::kAgent).value();
  const NewToken boss = service().create_token(agent(), "boss", TokenScope::kAdmin).value();
  EXPECT_EQ(service().caller_of(night.secret).value().secret, "");
  EXPECT_EQ(service().caller_of(boss.secret).value().secret, boss.secret);
}

TEST_F(Tokens, TheListHasNoSecretsAndOutlivesTheServer) {
  const std::string secret =
      service().create_token(agent(), "night", TokenScope::kAgent).value().secret;
  restart();
  const auto tokens = service().tokens().value();
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(tokens[0].name, "night");
  EXPECT_EQ(service().caller_of(secret).value().principal, "night");
}

TEST_F(Tokens, ANameIsAWord) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a/b"),
                                  std::string("a\n"), std::string(65, 'a')}) {
    EXPECT_EQ(refusal(service().create_token(agent(), name, TokenScope::kAgent)).kind,
              ErrorKind::kInvalid)
        << name;
  }
  EXPECT_TRUE(service().create_token(agent(), std::string(64, 'a'), TokenScope::kAgent));
}

TEST_F(Tokens, WithoutAProjectThereIsNone) {
  Caller nowhere = agent();
  nowhere.directory = "/";
  EXPECT_FALSE(service().create_token(nowhere, "night", TokenScope::kAgent));
}

}  // namespace
