#include "server/policy_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace pawl {
namespace {

constexpr int kQuietMs = 50;  // a burst of writes is over after so long
constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

}  // namespace

Result<std::unique_ptr<PolicyWatch>> PolicyWatch::start(std::filesystem::path folder,
                                                        std::function<void()> changed) {
  Descriptor events(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (events.get() < 0 || wake.get() < 0)
    return fail(ErrorKind::kEngine, "could not watch " + folder.string());
  return std::unique_ptr<PolicyWatch>(
      new PolicyWatch(std::move(folder), std::move(events), std::move(wake), std::move(changed)));
}

PolicyWatch::PolicyWatch(std::filesystem::path folder, Descriptor events, Descriptor wake,
                         std::function<void()> changed)
    : folder_(std::move(folder)),
      events_(std::move(events)),
      wake_(std::move(wake)),
      changed_(std::move(changed)) {
  watch_folder();  // before anybody can count on it
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

// Its parent too: the folder may appear as a whole, or be replaced. The same folder twice is one
// watch.
void PolicyWatch::watch_folder() {
  inotify_add_watch(events_.get(), folder_.parent_path().c_str(), kChanges | IN_CREATE);
  inotify_add_watch(events_.get(), folder_.c_str(), kChanges);
}

void PolicyWatch::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { eventfd_write(wake_.get(), 1); });
  while (!stop.stop_requested()) {
    if (!wait_for_event(-1)) continue;
    do {
      drop_events();
    } while (wait_for_event(kQuietMs));
    if (stop.stop_requested()) return;
    watch_folder();
    changed_();
  }
}

bool PolicyWatch::wait_for_event(int timeout_ms) {
  std::array<pollfd, 2> fds = {pollfd{events_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
  if (poll(fds.data(), fds.size(), timeout_ms) <= 0) return false;
  return fds[1].revents == 0 && fds[0].revents != 0;
}

void PolicyWatch::drop_events() {
  std::array<char, 4096> buffer{};
  while (read(events_.get(), buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace pawl
