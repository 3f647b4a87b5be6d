// Opening: what is refused before a single row is read.
#include <fstream>

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
  EXPECT_NE(refusal().find("schema version 900, this pawl knows versions up to 5"),
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
