// The door for HTTP clients: MCP's Streamable HTTP on 127.0.0.1, both eras, no sessions.
//
// Why the requests are cut here and not by a library: what Debian 12 has (cpp-httplib 0.11.4) takes
// a thread for each connection, unlimited headers, chunked bodies beyond its own limit, and
// Content-Length beside Transfer-Encoding. A gate in front of it has to read heads and bodies
// itself, which is all that one path and one method need; behind it, the library would read them a
// second time. tests/transport/http_*_test.cpp attack what is here.
//
// Threads: one accepts and keeps the time; a small crew reads, answers what is quick and writes;
// long calls run on the workers. A connection that waits for something holds no thread.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/core/result.h"
#include "server/protocol/post.h"
#include "server/transport/http_connection.h"
#include "server/transport/http_response.h"
#include "server/transport/tcp.h"

namespace pawl {

class HttpServer {
 public:
  // Clients may connect from here on, and are served by run(). Port 0 takes a free one.
  static Result<std::unique_ptr<HttpServer>> open(std::uint16_t port, const Backend& backend,
                                                  const HttpLimits& limits = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const { return listener_.port; }
  std::string url() const;

  // Serves until `stop` is asked; returns when every call has ended. Waits are then answered early.
  void run(const std::stop_token& stop);

 private:
  using Connection = std::shared_ptr<HttpConnection>;  // shared: a long call may outlive the client

  HttpServer(TcpListener listener, Descriptor poller, Descriptor wake, const Backend& backend,
             const HttpLimits& limits);

  // http_server.cpp: connections come, grow old and end
  bool accept_all();  // false: no descriptor is free
  void look_after_all();
  void look_after(const Connection& connection);
  void end_all();
  Connection find(std::uint64_t id);
  std::vector<Connection> everyone();
  bool enlist(HttpConnection& connection, const std::string& owner);
  void close(HttpConnection& connection);  // its mutex is held, as in all that follow
  void arm(HttpConnection& connection);
  std::chrono::milliseconds now() const { return backend_.clock.since_boot(); }

  // The place of a long call among those that run. Shared: the list, the connection and the call
  // hold the same stop.
  struct CallPlace {
    std::string owner;
    std::shared_ptr<std::stop_source> stop;
  };
  std::optional<CallPlace> take_place(const std::string& owner);  // nothing: too many run
  void leave_place(const CallPlace& place);  // the call's last act: we may be gone after it

  // http_serving.cpp: what a connection has to say
  void work(const std::stop_token& stop);
  void turn(const Connection& connection, std::uint32_t events);
  bool take_in(HttpConnection& connection) const;
  void go_on(const Connection& connection);
  bool step(const Connection& connection, RequestReader::Step step);
  bool let_in(HttpConnection& connection);
  void answer(const Connection& connection);
  void begin_long(const Connection& connection, LongCall call);
  void run_long(const Connection& connection, const LongCall& call, const CallPlace& place);
  void end_long(const Connection& connection, const std::string& message);
  void refuse(HttpConnection& connection, const HttpRefusal& refusal, bool body_follows);
  void put_answer(HttpConnection& connection, std::string_view bytes);
  void put(HttpConnection& connection, std::string_view bytes);
  ResponseHead head_for(const HttpConnection& connection, int status) const;

  TcpListener listener_;
  Descriptor poller_;  // epoll; every connection is armed for one event at a time
  Descriptor wake_;    // an eventfd, written when stop is asked
  const Backend backend_;
  const HttpLimits limits_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;  // of all below; taken after a connection's, never before
  std::condition_variable changed_;
  std::unordered_map<std::uint64_t, Connection> connections_;
  std::map<std::string, std::size_t> connections_of_;  // by token
  std::vector<CallPlace> calls_;                       // long ones
  std::uint64_t last_id_ = 0;
};

}  // namespace pawl
