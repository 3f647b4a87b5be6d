// The command line run in this process, against a scripted daemon.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/cli/programs.h"
#include "tests/transport/daemon.h"

namespace pawl {

struct Ran {
  int exit_code = 0;
  std::string out, err;
};

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest();

  Ran run(std::vector<std::string> arguments);

  TestFolder folder;
  std::filesystem::path socket = folder.path / "state" / "pawl.sock";
  Programs programs;
};

}  // namespace pawl
