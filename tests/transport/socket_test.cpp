#include "server/transport/socket.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "tests/transport/daemon.h"

using namespace pawl;

TEST(UnixSocket, IsOnlyForItsOwner) {
  const TestFolder folder;
  const auto listener = listen_unix(folder.path / "s");
  ASSERT_TRUE(listener);
  struct stat file{};
  ASSERT_EQ(stat((folder.path / "s").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

TEST(UnixSocket, ReplacesWhatADeadServerLeftBehind) {
  const TestFolder folder;
  {
    ASSERT_TRUE(listen_unix(folder.path / "s"));
  }  // closed, but the file stays
  ASSERT_FALSE(connect_unix(folder.path / "s"));
  EXPECT_TRUE(listen_unix(folder.path / "s"));
}

TEST(UnixSocket, LeavesALivingServerItsSocket) {
  const TestFolder folder;
  const auto first = listen_unix(folder.path / "s");
  const auto second = listen_unix(folder.path / "s");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(connect_unix(folder.path / "s"));
}

TEST(UnixSocket, NeverRemovesAFileThatIsNoSocket) {
  const TestFolder folder;
  std::ofstream(folder.path / "s") << "precious";
  EXPECT_FALSE(listen_unix(folder.path / "s"));
  EXPECT_TRUE(std::filesystem::is_regular_file(folder.path / "s"));
}

TEST(UnixSocket, PathsMayBeLongerThanTheKernelTakes) {
  const TestFolder folder;
  const auto deep = folder.path / std::string(120, 'd');
  std::filesystem::create_directory(deep);
  const auto listener = listen_unix(deep / "pawl.sock");
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(connect_unix(deep / "pawl.sock"));
}

TEST(UnixSocket, ThePeersUserIsThePrincipal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const Descriptor first(ends[0]);
  const Descriptor second(ends[1]);
  EXPECT_EQ(peer_principal(first.get()), std::string(getpwuid(getuid())->pw_name));
}

TEST(UnixSocket, NobodyThereIsAnErrorWithAHint) {
  const TestFolder folder;
  const auto connected = connect_unix(folder.path / "s");
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().message, "could not reach a server on " +
                                           (folder.path / "s").string() +
                                           ": No such file or directory");
  EXPECT_EQ(connected.error().hint, "Start one with `pawl serve`.");
}
