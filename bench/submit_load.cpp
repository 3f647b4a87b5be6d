// Durable submits of one pinned revision, as fast as the server takes them: bench_submit_load
// SOCKET PROJECT CLIENTS SECONDS. Each client is a connection of its own that sends its next submit
// when the last was acknowledged.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "server/core/clock.h"
#include "server/transport/channel.h"

namespace {

struct Load {
  std::string socket, project;
  int clients = 32;
  std::chrono::milliseconds time{0};
};

struct Acknowledgements {
  std::mutex mutex;
  std::vector<double> milliseconds;
  std::string error;
};

void submit_until(const Load& load, int number, std::chrono::milliseconds end,
                  Acknowledgements& all) {
  const pawl::SystemClock clock;
  auto socket = pawl::connect_unix(load.socket);
  if (!socket) return;
  pawl::Client client(pawl::channel_on(*std::move(socket)),
                      {load.project, fmt::format("load-{}", number)});
  std::vector<double> mine;
  std::string error;
  for (int i = 0; clock.since_boot() < end && error.empty(); ++i) {
    const auto arguments = fmt::format(
        R"({{"title":"load {0} {1}","from":"base","key":"{0}-{1}","params":{{"n":{2}}}}})", number,
        i, number * 1'000'000 + i);
    timespec before{};
    timespec after{};
    clock_gettime(CLOCK_MONOTONIC, &before);
    const auto answer = client.call_text("submit_experiment", arguments);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (!answer || !answer->code.empty()) error = answer ? answer->text : answer.error().message;
    mine.push_back(static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
                   static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e6);
  }
  const std::scoped_lock lock(all.mutex);
  std::ranges::copy(mine, std::back_inserter(all.milliseconds));
  if (!error.empty()) all.error = error;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  if (words.size() != 5) return 2;
  const Load load{words[1], words[2], std::atoi(words[3]),
                  std::chrono::seconds(std::atoi(words[4]))};
  const pawl::SystemClock clock;
  const auto end = clock.since_boot() + load.time;
  Acknowledgements all;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < load.clients; ++i) {
      threads.emplace_back([&, i] { submit_until(load, i, end, all); });
    }
  }
  if (!all.error.empty() || all.milliseconds.empty()) {
    fmt::print(stderr, "{}\n", all.error);
    return 1;
  }
  std::ranges::sort(all.milliseconds);
  const auto at = [&](double part) {
    return all.milliseconds[static_cast<std::size_t>(
        part * static_cast<double>(all.milliseconds.size() - 1))];
  };
  const double seconds = static_cast<double>(load.time.count()) / 1e3;
  fmt::print(
      "{{\"submits_per_s\": {:.0f}, \"p50_ms\": {:.2f}, \"p99_ms\": {:.2f}, \"max_ms\": {:.2f}, "
      "\"submits\": {}}}\n",
      static_cast<double>(all.milliseconds.size()) / seconds, at(0.5), at(0.99), at(1),
      all.milliseconds.size());
  return 0;
}
