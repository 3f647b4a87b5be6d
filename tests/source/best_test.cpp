#include <thread>

#include "tests/source/user_repository.h"

using namespace pawl;

class Best : public SourceTest {
 protected:
  Best() { commit("train.py", "lr = 1\n"); }

  Revision variant(const Repository& repository, const std::string& text) const {
    const Revision head = repository.resolve("HEAD").value();
    return repository.apply_edits(head, {{{"train.py", "lr = 1", text}}}).value();
  }
};

TEST_F(Best, MovesOnlyFromWhatTheCallerSaw) {
  const Repository repository = open();
  const Revision first = variant(repository, "lr = 2");
  const Revision second = variant(repository, "lr = 3");
  EXPECT_EQ(repository.best().value(), std::nullopt);
  ASSERT_TRUE(repository.set_best(std::nullopt, first));
  ASSERT_TRUE(repository.set_best(first, second));
  EXPECT_EQ(repository.best().value(), second);
  EXPECT_EQ(repository.set_best(first, second).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(repository.set_best(std::nullopt, first).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(repository.best().value(), second);
}

TEST_F(Best, AnExpectationWhereThereIsNoneIsAConflict) {
  const Repository repository = open();
  const Revision first = variant(repository, "lr = 2");
  EXPECT_EQ(repository.set_best(first, first).error().kind, ErrorKind::kConflict);
}

TEST_F(Best, OneOfManyAgentsThatKeepAtOnceWins) {
  const Repository repository = open();
  const Revision base = variant(repository, "lr = 2");
  ASSERT_TRUE(repository.set_best(std::nullopt, base));
  std::atomic<int> wins = 0;
  {
    std::vector<std::jthread> agents;
    for (int i = 0; i < 8; ++i) {
      agents.emplace_back([&, i] {
        const Revision mine = variant(repository, "lr = 1" + std::to_string(i));
        if (repository.set_best(base, mine)) ++wins;
      });
    }
  }
  EXPECT_EQ(wins, 1);
}

TEST_F(Best, ALockThatAKilledServerLeftIsRemovedAtTheNextStart) {
  const Revision first = variant(open(), "lr = 2");
  std::filesystem::create_directories(bare() / "refs/pawl");
  std::ofstream(bare() / "refs/pawl/best.lock") << "";
  EXPECT_TRUE(open().set_best(std::nullopt, first));
}

TEST_F(Best, APinKeepsARevisionThroughGitsOwnCollection) {
  const Repository repository = open();
  const Revision revision = variant(repository, "lr = 2");
  ASSERT_TRUE(repository.pin(revision, "jobs/42"));
  run("git -C '" + bare().string() + "' gc --prune=now --quiet");
  EXPECT_EQ(repository.read_file(revision, "train.py"), "lr = 2\n");
}

TEST_F(Best, APinIsNamedBelowPawlsOwnRefs) {
  const Repository repository = open();
  const Revision revision = variant(repository, "lr = 2");
  EXPECT_EQ(repository.pin(revision, "../heads/main").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(repository.pin({"no commit"}, "jobs/1").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(repository.pin({std::string(40, 'a')}, "jobs/1").error().kind, ErrorKind::kNotFound);
}
