// Decisions about no job.
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Remark : public Night {};

TEST_F(Remark, AnIdeaOrANoteMayStandAlone) {
  for (const Decision each : {Decision::kIdea, Decision::kNote}) {
    const auto recorded = service().decide(agent(), "", each, "try muon");
    ASSERT_TRUE(recorded) << recorded.error().message;
  }
  const Briefing briefing = service().briefing(agent()).value();
  ASSERT_EQ(briefing.decisions.size(), 2U);
  EXPECT_EQ(briefing.decisions.at(0).decision, Decision::kNote);
  EXPECT_EQ(briefing.decisions.at(0).why, "try muon");
  EXPECT_EQ(briefing.decisions.at(0).job, "");
}

TEST_F(Remark, WhatJudgesAJobMayNot) {
  for (const Decision each : {Decision::kKeep, Decision::kDiscard, Decision::kCrash}) {
    const Error error = refusal(service().decide(agent(), "", each, "why"));
    EXPECT_EQ(error.kind, ErrorKind::kInvalid);
    EXPECT_NE(error.message.find("needs the job that it is about"), std::string::npos);
  }
}

}  // namespace
