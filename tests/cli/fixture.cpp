#include "tests/cli/fixture.h"

#include <cstdlib>

namespace pawl {

CommandLineTest::CommandLineTest() {
  std::filesystem::create_directory(folder.path / "state");
  setenv("PAWL_STATE", (folder.path / "state").c_str(), 1);
  setenv("PAWL_CONFIG", (folder.path / "config").c_str(), 1);
  unsetenv("PAWL_AGENT");
  unsetenv("PAWL_HTTP");
  programs.version = "0.1.0";
  programs.start_server = [](const Folders&) -> Result<void> {
    return fail(ErrorKind::kEngine, "no server here");
  };
}

Ran CommandLineTest::run(std::vector<std::string> arguments) {
  std::vector<const char*> argv = {"pawl"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.exit_code = run_command_line(static_cast<int>(argv.size()), argv.data(), programs);
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

}  // namespace pawl
