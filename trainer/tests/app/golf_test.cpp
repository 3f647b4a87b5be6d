// Parameter Golf: a trained model in few bytes, and its score from those bytes alone.
#include <cmath>
#include <filesystem>

#include "trainer/app/golf_artifact.h"
#include "trainer/tests/app/library_run.h"
#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class Golf : public Workspace {
 protected:
  Golf() {
    prepared();
    const Outcome trained = train({"--budget=40000", "--save", path("model.ckpt")});
    EXPECT_EQ(trained.status, 0) << trained.err;
    unpacked_ = std::stod(value_of("val_bpb", trained.out));
  }
  Outcome pack(const std::string& artifact = "model.golf") const {
    return run({"golf", "pack", "--checkpoint", path("model.ckpt"), "--data", path("data"),
                "--artifact", path(artifact)});
  }
  Outcome golf(const std::string& what, const Words& more) const {
    return run(Words{"golf", what, "--artifact", path("model.golf")} + more);
  }

  double unpacked_ = 0;
};

}  // namespace

TEST_F(Golf, TheArtifactScoresAlmostAsTheModelDoes) {
  ASSERT_EQ(pack().status, 0);
  const Outcome judged = golf("eval", {"--data", path("data"), "--threads=1"});
  ASSERT_EQ(judged.status, 0) << judged.err;
  EXPECT_NEAR(std::stod(value_of("val_bpb", judged.out)), unpacked_, 0.01);
  EXPECT_LT(std::filesystem::file_size(path("model.golf")),
            std::filesystem::file_size(path("model.ckpt")) / 3);
}

TEST_F(Golf, CheckCountsCodeAndArtifact) {
  ASSERT_EQ(pack().status, 0);
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path("model.golf")));
  put(path("code.txt"), std::string(1000, 'x'));
  const Outcome fits =
      golf("check", {"--code", path("code.txt"), "--bytes_max", std::to_string(bytes + 1000)});
  EXPECT_EQ(fits.status, 0) << fits.err;
  EXPECT_EQ(value_of("golf_bytes", fits.out), std::to_string(bytes + 1000));

  const Outcome over =
      golf("check", {"--code", path("code.txt"), "--bytes_max", std::to_string(bytes + 999)});
  expect_refusal(over, {"1 over the cap of", "Lower depth"});
  EXPECT_EQ(value_of("golf_bytes", over.out), std::to_string(bytes + 1000));
}

TEST_F(Golf, ADamagedArtifactIsRefused) {
  ASSERT_EQ(pack().status, 0);
  std::string artifact = read("model.golf");
  artifact[20] = static_cast<char>(artifact[20] ^ 1);  // of the digest
  put(path("model.golf"), artifact);
  expect_refusal(golf("eval", {"--data", path("data")}), {"model.golf is damaged"});
  put(path("model.golf"), read("model.ckpt"));
  expect_refusal(golf("check", {}), {"is no golf artifact", "golf pack writes one"});
}

TEST_F(Golf, WhatIsMissingIsNamed) {
  expect_refusal(run({"golf", "putt"}), {"golf cannot \"putt\"", "pack, check and eval"});
  expect_refusal(run({"golf"}), {"golf needs to know what to do"});
  expect_refusal(golf("eval", {}), {"golf eval needs --artifact and --data"});
}

TEST(GolfArtifact, ANumberIsOffByAtMostHalfALevelOfItsRow) {
  const ModelShape shape = {
      .depth = 1, .width = 32, .head_dim = 32, .context = 8, .vocabulary = 16};
  const ParameterList list = parameters_of(shape);
  const GolfArtifact before = {{1, 2}, "seed = 1\n", initial_parameters(shape, {}, 3)};
  const TempFolder folder;
  put(folder / "a", must(pack_artifact(list, before)));
  const PackedArtifact packed = must(PackedArtifact::open(folder / "a"));
  EXPECT_EQ(packed.config(), before.config);
  EXPECT_EQ(packed.identity(), before.identity);
  const std::vector<float> after = must(packed.parameters(list));
  for (const ParameterSpec& spec : list.specs) {
    for (std::int64_t row = 0; row < spec.rows; ++row) {
      float largest = 0;
      const auto at = static_cast<std::size_t>(spec.offset + row * spec.columns);
      const auto columns = static_cast<std::size_t>(spec.columns);
      for (std::size_t i = at; i < at + columns; ++i) {
        largest = std::max(largest, std::abs(before.parameters[i]));
      }
      for (std::size_t i = at; i < at + columns; ++i) {
        EXPECT_LE(std::abs(after[i] - before.parameters[i]), 0.501F * largest / 127) << spec.name;
      }
    }
  }
  EXPECT_EQ(after[static_cast<std::size_t>(list["resid_lambda"].offset)], 1.0F);
  ModelShape other = shape;
  other.mlp_ratio = 2;
  EXPECT_EQ(message_of(packed.parameters(parameters_of(other))),
            "the artifact's weights are not those of its config");
}

TEST(GolfArtifact, AModelThatIsNotFiniteIsNotPacked) {
  const ModelShape shape = {
      .depth = 1, .width = 32, .head_dim = 32, .context = 8, .vocabulary = 16};
  GolfArtifact artifact = {{}, "", initial_parameters(shape, {}, 3)};
  artifact.parameters[5] = NAN;
  EXPECT_EQ(message_of(pack_artifact(parameters_of(shape), artifact)),
            "wte holds a number that is not finite");
}
