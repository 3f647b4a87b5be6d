#include "trainer/tests/app/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

#include "trainer/tests/core/temp_folder.h"

namespace trainer {
namespace {

std::vector<char*> pointers(Words& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

Words environment_with(const Words& more) {
  Words all = more;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("PAWL_")) all.emplace_back(*variable);
  }
  return all;
}

}  // namespace

Program::Program(const std::filesystem::path& folder, const Words& arguments,
                 const Words& environment)
    : out_(folder / "stdout"), err_(folder / "stderr") {
  Words command = {TRAINER_BIN};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Words variables = environment_with(environment);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  constexpr int kAnew = O_WRONLY | O_CREAT | O_TRUNC;
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_.c_str(), kAnew, 0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(), kAnew, 0600);
  const int failure = ::posix_spawn(&pid_, TRAINER_BIN, &actions, nullptr, pointers(command).data(),
                                    pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(failure, 0) << "could not start " << TRAINER_BIN;
  if (failure != 0) pid_ = 0;
}

Program::~Program() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Program::send(int signal) const { EXPECT_EQ(::kill(pid_, signal), 0); }

Outcome Program::wait() {
  int status = 0;
  EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
  pid_ = 0;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), contents(out_),
          contents(err_)};
}

LineWatch::LineWatch(const std::filesystem::path& file)
    : file_(file), events_(::inotify_init1(IN_CLOEXEC)) {
  std::filesystem::create_directories(file.parent_path());
  ::inotify_add_watch(events_, file.parent_path().c_str(), IN_MODIFY | IN_MOVED_TO);
}

LineWatch::~LineWatch() { ::close(events_); }

bool LineWatch::wait_for(int lines) const {
  constexpr int kPatienceMilliseconds = 20'000;
  std::array<char, 4096> ignored{};
  while (count_lines(contents(file_)) < lines) {
    pollfd event{.fd = events_, .events = POLLIN, .revents = 0};
    if (::poll(&event, 1, kPatienceMilliseconds) != 1) return false;
    if (::read(events_, ignored.data(), ignored.size()) < 0) return false;
  }
  return true;
}

int count_lines(const std::string& text) {
  return static_cast<int>(std::ranges::count(text, '\n'));
}

}  // namespace trainer
