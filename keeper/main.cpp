// pawl-keeper ATTEMPT: the watchdog of one attempt. It outlives the server that started it, keeps
// the deadline, and leaves record/status.json only when nothing of the attempt is alive. README.md
// says why it is built as it is.
#include <sys/stat.h>

#include <cstdio>
#include <string_view>

#include "keeper/attempt.h"
#include "keeper/box_init.h"
#include "keeper/daemon.h"
#include "keeper/session.h"
#include "keeper/supervisor.h"

namespace pawl::keeper {
namespace {

int leave(Exit exit, const std::string& message) {
  std::fprintf(stderr, "pawl-keeper: %s\n", message.c_str());
  return static_cast<int>(exit);
}

struct Ready {
  RecordFile record;
  Supervisor supervisor;
};

// The record's space and the socket come first: once `state` is there, they must be.
Result<Ready> get_ready(const Attempt& attempt, std::chrono::nanoseconds started) {
  TRY(RecordFile record, RecordFile::reserve(attempt.record.get()));
  TRY(Supervisor supervisor, Supervisor::prepare(attempt, started));
  CHECK_OK(write_state(attempt, wall_time()));
  return Ready{std::move(record), std::move(supervisor)};
}

int keep(const char* path) {
  const std::chrono::nanoseconds started = since_boot();
  fill_standard_streams();
  umask(077);
  const auto attempt = claim(path);
  if (!attempt) return leave(attempt.error().exit, attempt.error().message);

  const Fd answer = detach();
  auto ready = get_ready(*attempt, started);
  if (!ready) {
    leave(Exit::kIo, ready.error().message);
    release(*attempt);
    cut_loose(answer, Exit::kIo);
    return static_cast<int>(Exit::kIo);
  }
  cut_loose(answer, Exit::kRunning);

  const ExitRecord record = ready->supervisor.run();
  // Without a record the server finds a free lock and calls the attempt lost: nobody is here to be
  // told more.
  if (!ready->record.write(record)) return static_cast<int>(Exit::kIo);
  ready->supervisor.control().serve("");
  ready->supervisor.control().announce(kEnded);
  return 0;
}

}  // namespace
}  // namespace pawl::keeper

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--exec") return pawl::keeper::box_init(argc, argv);
  if (argc == 2 && std::string_view(argv[1]) == "--serve") return pawl::keeper::serve_commands();
  if (argc != 2)
    return pawl::keeper::leave(pawl::keeper::Exit::kUsage, "usage: pawl-keeper ATTEMPT");
  return pawl::keeper::keep(argv[1]);
}
