#include "server/transport/http_server.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

namespace pawl {
namespace {

constexpr int kCrew = 4;                       // more than cores: one may wait for the database
constexpr rlim_t kDescriptorsElsewhere = 256;  // the database, logs, keepers, the other door
constexpr std::chrono::seconds kLastWords{5};  // for answers under way when the server ends

// How many connections this process has descriptors for, after asking for as many as it may have.
std::size_t descriptors_for(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = std::min<rlim_t>(wanted + kDescriptorsElsewhere, limit.rlim_max);
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = needed;
    setrlimit(RLIMIT_NOFILE, &limit);  // refused: what was allowed before still holds
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur <= kDescriptorsElsewhere) return 1;
  return std::min<std::size_t>(wanted, limit.rlim_cur - kDescriptorsElsewhere);
}

HttpLimits possible(HttpLimits limits) {
  limits.connections_max = descriptors_for(limits.connections_max);
  return limits;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::open(std::uint16_t port, const Backend& backend,
                                                     const HttpLimits& limits) {
  TRY(TcpListener listener, listen_loopback(port));
  Descriptor poller(epoll_create1(EPOLL_CLOEXEC));
  Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (poller.get() < 0 || wake.get() < 0) {
    return fail(ErrorKind::kEngine, "could not make the descriptors that an HTTP server needs");
  }
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::move(listener), std::move(poller), std::move(wake), backend, limits));
}

HttpServer::HttpServer(TcpListener listener, Descriptor poller, Descriptor wake,
                       const Backend& backend, const HttpLimits& limits)
    : listener_(std::move(listener)),
      poller_(std::move(poller)),
      wake_(std::move(wake)),
      backend_(backend),
      limits_(possible(limits)) {}

std::string HttpServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port()) + kMcpPath;
}

void HttpServer::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { eventfd_write(wake_.get(), 1); });
  const Descriptor crew_wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};  // no connection has number 0
  epoll_ctl(poller_.get(), EPOLL_CTL_ADD, crew_wake.get(), &event);
  std::vector<std::jthread> crew;
  for (int i = 0; i < kCrew; ++i) {
    crew.emplace_back([this](const std::stop_token& enough) { work(enough); });
  }
  bool can_accept = true;
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> fds = {pollfd{can_accept ? listener_.socket.get() : -1, POLLIN, 0},
                                 pollfd{wake_.get(), POLLIN, 0}};
    const bool alone = can_accept && everyone().empty();
    poll(fds.data(), fds.size(), alone ? -1 : static_cast<int>(limits_.tick.count()));
    can_accept = (fds[0].revents & POLLIN) == 0 || accept_all();
    look_after_all();
  }
  end_all();
  for (std::jthread& thread : crew) thread.request_stop();
  eventfd_write(crew_wake.get(), 1);
  crew.clear();  // joins
  epoll_ctl(poller_.get(), EPOLL_CTL_DEL, crew_wake.get(), nullptr);
}

bool HttpServer::accept_all() {
  for (;;) {
    Descriptor client = accept_tcp(listener_);
    if (client.get() < 0) return errno != EMFILE && errno != ENFILE;
    const int fd = client.get();
    const std::scoped_lock lock(mutex_);
    if (connections_.size() >= limits_.connections_max) {
      const std::string busy = refusal_response(
          {503, "all " + std::to_string(limits_.connections_max) + " connections are taken"},
          {.now = backend_.clock.now(), .keep_alive = false});
      send(fd, busy.data(), busy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      continue;
    }
    const auto connection =
        std::make_shared<HttpConnection>(++last_id_, std::move(client), limits_);
    connection->read_by = now() + limits_.head_time;
    connections_.emplace(connection->id, connection);
    epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.u64 = connection->id}};
    epoll_ctl(poller_.get(), EPOLL_CTL_ADD, fd, &event);
  }
}

void HttpServer::look_after_all() {
  for (const Connection& connection : everyone()) look_after(connection);
}

void HttpServer::look_after(const Connection& connection) {
  HttpConnection& c = *connection;
  const std::unique_lock lock(c.mutex, std::try_to_lock);
  if (!lock || c.phase == HttpConnection::Phase::kClosed) return;  // somebody works on it
  const auto time = now();
  if (c.send_by && time >= *c.send_by) return close(c);
  if (c.phase == HttpConnection::Phase::kAnswering) {
    if (time - c.last_sent < limits_.beat) return;
    if (!backend_.service.caller_of(c.admitted.token)) {  // revoked in the meantime
      c.call.request_stop();
      return close(c);
    }
    c.last_sent = time;
    if (c.streaming) put(c, stream_beat(c.chunked));
    return arm(c);
  }
  if (!c.read_by || time < *c.read_by) return;
  if (c.phase != HttpConnection::Phase::kReading || !c.in_request) return close(c);
  refuse(c, {408, "the request did not come in time"}, true);
  arm(c);
}

void HttpServer::end_all() {
  const auto is_owed = [](const Connection& connection) {
    const std::scoped_lock guard(connection->mutex);
    return connection->phase == HttpConnection::Phase::kAnswering || connection->has_unsent();
  };
  stopping_ = true;
  std::unique_lock lock(mutex_);
  const std::vector<CallPlace> calls = calls_;
  lock.unlock();
  for (const CallPlace& call : calls) call.stop->request_stop();
  const auto patience = now() + kLastWords;
  lock.lock();
  changed_.wait(lock, [this] { return calls_.empty(); });
  lock.unlock();
  while (now() < patience && std::ranges::any_of(everyone(), is_owed)) {
    lock.lock();
    changed_.wait_for(lock, limits_.tick);
    lock.unlock();
  }
  for (const Connection& connection : everyone()) {
    const std::scoped_lock guard(connection->mutex);
    close(*connection);
  }
}

HttpServer::Connection HttpServer::find(std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second;
}

std::vector<HttpServer::Connection> HttpServer::everyone() {
  const std::scoped_lock lock(mutex_);
  std::vector<Connection> all;
  all.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) all.push_back(connection);
  return all;
}

bool HttpServer::enlist(HttpConnection& connection, const std::string& owner) {
  if (connection.token_owner == owner) return true;
  const std::scoped_lock lock(mutex_);
  if (connections_of_[owner] >= limits_.connections_per_token_max) return false;
  ++connections_of_[owner];
  if (!connection.token_owner.empty()) --connections_of_[connection.token_owner];
  connection.token_owner = owner;
  return true;
}

std::optional<HttpServer::CallPlace> HttpServer::take_place(const std::string& owner) {
  CallPlace place{owner, std::make_shared<std::stop_source>()};
  const std::scoped_lock lock(mutex_);
  if (std::ranges::count(calls_, owner, &CallPlace::owner) >=
      static_cast<std::ptrdiff_t>(limits_.calls_per_token_max)) {
    return std::nullopt;
  }
  calls_.push_back(place);
  if (stopping_) place.stop->request_stop();  // it came after everybody was told
  return place;
}

void HttpServer::leave_place(const CallPlace& place) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(calls_, [&](const CallPlace& call) { return call.stop == place.stop; });
  changed_.notify_all();
}

void HttpServer::close(HttpConnection& connection) {
  if (connection.phase == HttpConnection::Phase::kClosed) return;
  connection.phase = HttpConnection::Phase::kClosed;
  if (connection.ends_with_client) connection.call.request_stop();
  epoll_ctl(poller_.get(), EPOLL_CTL_DEL, connection.socket.get(), nullptr);
  shutdown(connection.socket.get(), SHUT_RDWR);
  const std::scoped_lock lock(mutex_);
  connections_.erase(connection.id);
  if (!connection.token_owner.empty() && --connections_of_[connection.token_owner] == 0)
    connections_of_.erase(connection.token_owner);
  changed_.notify_all();
}

void HttpServer::arm(HttpConnection& connection) {
  using Phase = HttpConnection::Phase;
  if (connection.phase == Phase::kClosed) return;
  std::uint32_t events = EPOLLONESHOT;
  if (connection.has_unsent()) events |= EPOLLOUT;
  if (connection.phase == Phase::kReading && !connection.has_unsent()) events |= EPOLLIN;
  if (connection.phase == Phase::kAnswering && !connection.client_finished) events |= EPOLLRDHUP;
  if (connection.phase == Phase::kDraining) events |= EPOLLIN;
  epoll_event event{.events = events, .data = {.u64 = connection.id}};
  epoll_ctl(poller_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event);
}

}  // namespace pawl
