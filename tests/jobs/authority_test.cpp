#include "server/jobs/authority.h"

#include <fstream>

#include "server/core/digest.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

struct Authority : Night {
  void separate() { world().trust = {TrustMode::kSeparate, sha256_hex("the secret")}; }
  Caller showing(const std::string& secret) const {
    Caller caller = agent();
    caller.secret = secret;
    return caller;
  }
};

}  // namespace

TEST(Trust, IsSeparateOnlyWhereOurUserCanNeitherReplaceTheDigestNorLeaveTheStateOpen) {
  const std::string digest = sha256_hex("the secret");
  EXPECT_EQ(trust_of({digest, false, true}).mode, TrustMode::kSeparate);
  EXPECT_EQ(trust_of({"", false, true}).mode, TrustMode::kSameUser);
  EXPECT_EQ(trust_of({digest, true, true}).mode, TrustMode::kSameUser);
  EXPECT_EQ(trust_of({digest, false, false}).mode, TrustMode::kSameUser);
}

TEST(Trust, ADigestThatWeWroteOurselvesIsWorthNothing) {
  const std::filesystem::path folder = testing::TempDir() + "pawl-trust";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / kDigestFile) << sha256_hex("the secret") << "\n";
  EXPECT_EQ(read_trust(folder, folder).mode, TrustMode::kSameUser);
}

TEST_F(Authority, InSeparateModeOnlyTheSecretSpeaksForAHuman) {
  separate();
  EXPECT_EQ(refusal(require_human(world(), showing(""))).kind, ErrorKind::kDenied);
  EXPECT_EQ(refusal(require_human(world(), showing("a guess"))).kind, ErrorKind::kDenied);
  EXPECT_TRUE(require_human(world(), showing("the secret")));
}

TEST_F(Authority, InSeparateModeAnAgentRegistersNothingAndMakesNoToken) {
  separate();
  EXPECT_EQ(refusal(service().init(agent())).kind, ErrorKind::kDenied);
  EXPECT_EQ(refusal(service().create_token(agent(), "friend", TokenScope::kAgent)).kind,
            ErrorKind::kDenied);
  EXPECT_TRUE(service().create_token(showing("the secret"), "friend", TokenScope::kAgent));
}

TEST_F(Authority, InSeparateModeAnAgentRevokesNoTokenOpensNoPoolAndRegistersNoData) {
  ASSERT_TRUE(service().create_token(agent(), "night", TokenScope::kAgent));
  separate();
  EXPECT_EQ(refusal(service().revoke_token(agent(), "night")).kind, ErrorKind::kDenied);
  EXPECT_EQ(refusal(service().open_pool(agent(), "cpu")).kind, ErrorKind::kDenied);
  EXPECT_EQ(refusal(service().add_volume(agent(), "corpus", "/tmp")).kind, ErrorKind::kDenied);
  EXPECT_TRUE(service().revoke_token(showing("the secret"), "night"));
}

TEST_F(Authority, AnAdminsTokenSpeaksForAHumanUntilItIsRevoked) {
  const auto night = service().create_token(agent(), "night", TokenScope::kAgent).value();
  const auto boss = service().create_token(agent(), "boss", TokenScope::kAdmin).value();
  separate();
  EXPECT_EQ(refusal(require_human(world(), showing(night.secret))).kind, ErrorKind::kDenied);
  EXPECT_TRUE(require_human(world(), showing(boss.secret)));
  EXPECT_TRUE(service().revoke_token(showing("the secret"), "boss"));
  EXPECT_EQ(refusal(require_human(world(), showing(boss.secret))).kind, ErrorKind::kDenied);
}

TEST_F(Authority, InSameUserModeAnApprovalSaysWhatItIsWorth) {
  EXPECT_TRUE(require_human(world(), agent()));
  EXPECT_NE(same_user_note(world()).find("only what goes through pawl"), std::string::npos);
  separate();
  EXPECT_EQ(same_user_note(world()), "");
}
