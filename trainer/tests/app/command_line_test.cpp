// What pawl-train says to a person who asks, or slips.
#include <map>

#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class Terminal : public Workspace {
 protected:
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

}  // namespace

TEST_F(Terminal, NoCommandShowsTheCommandsAndIsAnError) {
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  for (const char* name : {"prepare", "train", "eval", "bench", "check"}) {
    EXPECT_TRUE(has(outcome.err, std::string("\n  ") + name + " ")) << outcome.err;
  }
}

TEST_F(Terminal, HelpShowsTheCommandsAndIsNone) {
  for (const char* help : {"--help", "help", "-h"}) {
    const Outcome outcome = run({help});
    EXPECT_EQ(outcome.status, 0) << help << ": " << outcome.err;
    EXPECT_TRUE(has(outcome.out, "pawl-train COMMAND [--help]")) << outcome.out;
  }
}

TEST_F(Terminal, AnUnknownCommandIsToldItsNeighbour) {
  const Outcome outcome = run({"tain"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err,
            "pawl-train: there is no command \"tain\"\n"
            "pawl-train --help lists them. Did you mean \"train\"?\n");
}

TEST_F(Terminal, TheHelpOfEachCommandNamesItsKnobs) {
  const std::map<std::string, Words> knobs = {
      {"prepare", {"train", "val", "out", "vocabulary", "document_bytes", "tokenizer"}},
      {"train",
       {"data", "preset", "checkpoint_dir", "depth", "matrix_lr", "budget", "seed", "isa"}},
      {"eval", {"checkpoint", "data", "bytes", "threads"}},
      {"bench", {"seconds", "threads", "isa"}},
      {"check", {"samples"}}};
  for (const auto& [command, names] : knobs) {
    const Outcome outcome = run({command, "--help"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    for (const std::string& name : names) {
      EXPECT_TRUE(has(outcome.out, "\n  --" + name + " ")) << command << " " << name;
    }
  }
}

TEST_F(Terminal, AnUnknownKnobIsToldItsNeighbour) {
  expect_refusal(run({"train", "--dept=3"}),
                 {"there is no knob \"dept\"", "Did you mean \"depth\"?"});
  expect_refusal(run({"prepare", "--vocab=300"}), {"there is no knob \"vocab\""});
  expect_refusal(run({"bench", "--second=1"}), {"Did you mean \"seconds\"?"});
}

TEST_F(Terminal, AWordThatNoCommandTakesIsRefused) {
  expect_refusal(run({"train", "fast"}), {"train takes no argument \"fast\""});
  expect_refusal(run({"check", "fast"}), {"check takes no argument \"fast\""});
  expect_refusal(run({"bench", "fast", "--seconds=0.01"}), {"bench takes no argument \"fast\""});
}

TEST_F(Terminal, PawlsVariableIsNamedWhenItsValueIsWrong) {
  expect_refusal(run({"train", "--print_config"}, {"PAWL_SEED=lucky"}),
                 {"PAWL_SEED: seed lucky is not a whole number"});
}

TEST_F(Terminal, CheckComparesEveryParameterOfItsModel) {
  const Outcome outcome = run({"check", "--samples=2"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  for (const char* name : {"wte", "head", "resid_lambda", "x0_lambda", "h1.ve", "h3.gate"}) {
    EXPECT_TRUE(has("\n" + outcome.out, std::string("\n") + name + " ")) << outcome.out;
  }
  EXPECT_FALSE(has(outcome.out, "WRONG"));
}

TEST_F(Terminal, BenchPrintsATable) {
  const Outcome outcome = run({"bench", "--seconds", "0.05"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(has(outcome.out, "| model | tokens/s | GFLOP/s | of the peak |"));
  EXPECT_TRUE(has(outcome.out, "\n| 2x128, V 1024 | ")) << outcome.out;
  EXPECT_TRUE(has(outcome.out, "\n| 4x256, V 4096 | ")) << outcome.out;
}
