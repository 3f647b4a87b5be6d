// Opening: what is refused before a single row is read.
#include <fstream>

#include "server/store/budget_nodes.h"
#include "server/store/file_system.h"
#include "server/store/schema.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

struct Opening : testing::Test {
  std::filesystem::path file() const { return folder.path() / "pawl.db"; }
  std::string refusal() const {
    const auto store = Store::open(file(), clock);
    return store ? "" : store.error().message;
  }
  std::unique_ptr<Connection> connect() const { return *Connection::open(file(), {}); }

  TempFolder folder;
  FakeClock clock;
};

std::int64_t version_of(Connection& connection) {
  Reader reader(connection);
  return sql::value<std::int64_t>(reader, "PRAGMA user_version")->value();
}

TEST_F(Opening, AFreshFileGetsTheWholeSchema) {
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(version_of(*connect()), static_cast<std::int64_t>(kMigrations.size()));
}

TEST_F(Opening, ANewerSchemaIsRefusedWithBothVersions) {
  EXPECT_EQ(refusal(), "");
  EXPECT_TRUE(connect()->execute("PRAGMA user_version = 900"));
  EXPECT_NE(refusal().find("schema version 900, this pawl knows versions up to " +
                           std::to_string(kMigrations.size())),
            std::string::npos)
      << refusal();
}

TEST_F(Opening, OnlyTheMissingMigrationsRun) {
  const auto connection = connect();
  constexpr std::array<const char*, 2> kScripts = {"CREATE TABLE a(x)", "CREATE TABLE b(x)"};
  EXPECT_TRUE(migrate(*connection, std::span(kScripts).first(1)));
  EXPECT_TRUE(migrate(*connection, kScripts));
  EXPECT_TRUE(migrate(*connection, kScripts));
  EXPECT_EQ(version_of(*connection), 2);
}

TEST_F(Opening, AMigrationThatFailsLeavesTheOldSchema) {
  const auto connection = connect();
  constexpr std::array<const char*, 3> kScripts = {"CREATE TABLE a(x)", "CREATE TABLE b(x)",
                                                   "CREATE TABLE a(x)"};
  EXPECT_TRUE(migrate(*connection, std::span(kScripts).first(1)));
  EXPECT_FALSE(migrate(*connection, kScripts));
  EXPECT_EQ(version_of(*connection), 1);
  EXPECT_FALSE(connection->execute("SELECT * FROM b"));
}

TEST_F(Opening, ADatabaseOfVersionFiveKeepsItsLedgerAndGetsTheNewWindows) {
  {
    const auto connection = connect();
    ASSERT_TRUE(migrate(*connection, kMigrations.first(5)));
    ASSERT_TRUE(connection->execute_script(
        "INSERT INTO budget_node VALUES (1, 'global', NULL, ''), (2, 'project', 1, 'tiny');"
        "INSERT INTO budget_window(id, node, kind, starts, ends, cap_money, cap_source, "
        "spent_money)"
        " VALUES (5, 2, 'day', 0, 1000, 7, 'a:1:1', 3);"
        "INSERT INTO ledger VALUES (1, 0, 1, 'adjust', NULL, 5, 0, 0, 3, 0, 0, 0, NULL, NULL, "
        "'root',"
        " 'why', 'hash')"));
  }
  EXPECT_EQ(refusal(), "");
  const auto store = *Store::open(file(), clock);
  const auto window = store->read([](Reader& reader) {
    return find_window(reader, NodeId{2}, WindowKind::kDay,
                       {Timestamp(), Timestamp(Milliseconds(1000))});
  });
  ASSERT_TRUE(window.value());
  EXPECT_EQ((*window)->id, WindowId{5});
  EXPECT_EQ((*window)->spent.money, Money::micros(3));
  EXPECT_EQ((*window)->cap.source, "a:1:1");
  const auto night = store->write([](Transaction& t) -> Result<WindowId> {
    TRY(const NodeId stage, ensure_node(t, NodeKind::kStage, NodeId{1}, "screen"));
    return ensure_window(t, {.node = stage, .kind = WindowKind::kNight});
  });
  EXPECT_TRUE(night) << night.error().message;
}

TEST_F(Opening, AMigrationThatLeavesARowWithoutItsParentIsUndone) {
  const auto connection = connect();
  constexpr std::array<const char*, 2> kScripts = {
      "CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(x REFERENCES a);"
      "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)",
      "DROP TABLE a; CREATE TABLE a(id INTEGER PRIMARY KEY)"};
  EXPECT_TRUE(migrate(*connection, std::span(kScripts).first(1)));
  const auto refused = migrate(*connection, kScripts);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("a row of table b refers to nothing"), std::string::npos);
  EXPECT_EQ(version_of(*connection), 1);
  EXPECT_FALSE(connection->execute("INSERT INTO b VALUES (2)"));  // foreign keys are on again
}

TEST_F(Opening, AFileThatIsNoDatabaseIsRefusedByName) {
  std::ofstream(file()) << std::string(8'192, 'x');
  EXPECT_NE(refusal().find(file().string()), std::string::npos);
  EXPECT_NE(refusal().find("not a database"), std::string::npos) << refusal();
}

TEST_F(Opening, ADamagedPageIsRefused) {
  {
    const auto store = Store::open(file(), clock);
    ASSERT_TRUE(store);
  }
  std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(12'288);  // the fourth page
  damage << std::string(2'000, '\x7f');
  damage.close();
  EXPECT_NE(refusal(), "");
}

TEST_F(Opening, ARowThatRefersToNothingIsRefused) {
  EXPECT_EQ(refusal(), "");
  EXPECT_TRUE(
      connect()->execute_script("PRAGMA foreign_keys = OFF; INSERT INTO round(project, number, "
                                "title, agent, created_at) VALUES (7, 1, '', '', 0)"));
  EXPECT_NE(refusal().find("table round refers to nothing"), std::string::npos) << refusal();
}

TEST_F(Opening, AFolderThatIsNotThereIsRefused) {
  EXPECT_FALSE(Store::open(folder.path() / "no" / "pawl.db", clock));
}

TEST_F(Opening, AFileThatIsAFolderIsRefusedAsUnwritable) {
  std::filesystem::create_directory(file());
  EXPECT_NE(refusal().find("unable to open"), std::string::npos) << refusal();
}

TEST(FileSystems, NetworkOnesAreKnownByTheirTypeAndLocalOnesPass) {
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(0xFF534D42), "CIFS");
  EXPECT_EQ(network_file_system(0xEF53), std::nullopt);      // ext4
  EXPECT_EQ(network_file_system(0x58465342), std::nullopt);  // XFS
  EXPECT_TRUE(require_local_disk("/"));
}

TEST_F(StoreTest, TheWriterSyncsEveryCommitAndTrustsNoSchema) {
  const auto pragma = [&](const char* sql) {
    return write([&](Transaction& t) { return sql::value<std::string>(t, sql); }).value();
  };
  EXPECT_EQ(pragma("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(pragma("PRAGMA synchronous"), "2");  // FULL
  EXPECT_EQ(pragma("PRAGMA foreign_keys"), "1");
  EXPECT_EQ(pragma("PRAGMA trusted_schema"), "0");
  EXPECT_EQ(pragma("PRAGMA wal_autocheckpoint"), "0");
}

}  // namespace
}  // namespace pawl::test
