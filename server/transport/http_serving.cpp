// What a connection has to say, from the first byte of a request to the last one of its answer.
#include <sys/epoll.h>
#include <sys/socket.h>

#include "server/transport/http_response.h"
#include "server/transport/http_server.h"

namespace pawl {
namespace {

using Phase = HttpConnection::Phase;

constexpr std::chrono::seconds kDrainTime{2};

PostHeaders headers_of(const RequestHead& head) {
  return {.version = head.find("mcp-protocol-version"),
          .method = head.find("mcp-method"),
          .name = head.find("mcp-name")};
}

}  // namespace

void HttpServer::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    epoll_event event{};
    if (epoll_wait(poller_.get(), &event, 1, -1) != 1) continue;  // a signal
    // A connection may have been closed since: its number is not used again.
    if (const Connection connection = find(event.data.u64)) turn(connection, event.events);
  }
}

void HttpServer::turn(const Connection& connection, std::uint32_t events) {
  HttpConnection& c = *connection;
  const std::scoped_lock lock(c.mutex);
  if (c.phase == Phase::kClosed) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close(c);
  if (c.has_unsent()) put(c, "");
  if (c.phase == Phase::kReading && !c.has_unsent()) {
    if ((events & EPOLLIN) != 0 && !take_in(c)) return close(c);
    go_on(connection);
  } else if (c.phase == Phase::kAnswering && (events & EPOLLRDHUP) != 0) {
    // It sends no more. Has it gone? If so, its machine answers our next bytes with a reset.
    c.client_finished = true;
    if (c.streaming) put(c, stream_beat(c.chunked));
  } else if (c.phase == Phase::kDraining && (events & EPOLLIN) != 0 && !take_in(c)) {
    return close(c);
  }
  arm(c);
}

// False when the client has no more to say, or does not stop saying what nobody wants to hear.
bool HttpServer::take_in(HttpConnection& connection) const {
  return connection.read_some() != HttpConnection::Read::kEnd &&
         connection.drained <= 2 * limits_.body_bytes_max;
}

void HttpServer::go_on(const Connection& connection) {
  HttpConnection& c = *connection;
  while (c.phase == Phase::kReading && !c.has_unsent()) {
    const auto next = c.reader.advance();
    if (!next) return refuse(c, next.error(), true);
    if (!step(connection, *next)) return;
  }
}

// False when it takes more bytes to go on.
bool HttpServer::step(const Connection& connection, RequestReader::Step step) {
  HttpConnection& c = *connection;
  switch (step) {
    case RequestReader::Step::kNothing:
      if (!c.in_request && !c.token_owner.empty()) c.read_by = now() + limits_.idle_time;
      return false;
    case RequestReader::Step::kInHead:
      if (!c.in_request) c.read_by = now() + limits_.head_time;
      c.in_request = true;
      return false;
    case RequestReader::Step::kHeadRead:
      c.in_request = true;
      c.read_by = now() + limits_.body_time;
      return let_in(c);
    case RequestReader::Step::kInBody:
      return false;
    case RequestReader::Step::kWhole:
      answer(connection);
      return true;
  }
  __builtin_unreachable();
}

// False when the request is refused and nothing more can be read.
bool HttpServer::let_in(HttpConnection& c) {
  const RequestHead& head = c.reader.head();
  c.keep_alive = head.keep_alive && !stopping_;
  c.chunked = head.can_stream;
  auto admitted = admit(head, backend_.service);
  if (admitted && !enlist(c, admitted->caller.principal)) {
    admitted = std::unexpected(
        HttpRefusal{429, "this token has " + std::to_string(limits_.connections_per_token_max) +
                             " connections already"});
  }
  if (!admitted) {
    // A HEAD would take a body for the next answer's beginning.
    refuse(c, admitted.error(), head.has_body() || head.method == "HEAD");
    return c.phase == Phase::kReading;
  }
  c.admitted = *std::move(admitted);
  if (head.expects_continue && head.has_body()) put(c, "HTTP/1.1 100 Continue\r\n\r\n");
  return true;
}

void HttpServer::answer(const Connection& connection) {
  HttpConnection& c = *connection;
  const PostHeaders headers = headers_of(c.reader.head());
  const std::string url = resource_url(c.reader.head());
  const std::string body = c.reader.take_body();
  c.in_request = false;
  c.read_by.reset();
  if (c.admitted.metadata) {
    return put_answer(c, response(head_for(c, 200), protected_resource_metadata(url)));
  }
  auto received = receive_post(backend_, c.admitted.caller, headers, body);
  if (auto* const call = std::get_if<LongCall>(&received)) {
    return begin_long(connection, std::move(*call));
  }
  const auto& ready = std::get<PostAnswer>(received);
  put_answer(c, response(head_for(c, ready.status), ready.body));
}

void HttpServer::begin_long(const Connection& connection, LongCall call) {
  HttpConnection& c = *connection;
  const std::string& owner = c.admitted.caller.principal;
  const std::optional<CallPlace> place = take_place(owner);
  if (!place) {
    return put_answer(c, response(head_for(c, 200), call.refuse(limits_.calls_per_token_max)));
  }
  c.phase = Phase::kAnswering;
  c.call = *place->stop;
  c.ends_with_client = call.ends_with_client;
  c.client_finished = false;
  c.streaming = c.admitted.streams;
  c.last_sent = now();
  if (c.streaming) put(c, stream_begin(head_for(c, 200), c.chunked));
  const bool started = backend_.workers.run(
      [this, connection, call, place = *place] { run_long(connection, call, place); });
  if (started) return;
  end_long(connection, call.refuse(backend_.workers.threads()));
  leave_place(*place);
}

void HttpServer::run_long(const Connection& connection, const LongCall& call,
                          const CallPlace& place) {
  const auto notify = [&](std::string_view message) {
    const std::scoped_lock lock(connection->mutex);
    if (connection->phase == Phase::kClosed || !connection->streaming) return;
    put(*connection, stream_event(message, connection->chunked));
    arm(*connection);
  };
  const std::string message = call.run(place.stop->get_token(), notify);
  {
    const std::scoped_lock lock(connection->mutex);
    if (connection->phase != Phase::kClosed) {
      end_long(connection, message);
      go_on(connection);  // what came behind the request
      arm(*connection);
    }
  }
  leave_place(place);
}

void HttpServer::end_long(const Connection& connection, const std::string& message) {
  HttpConnection& c = *connection;
  if (c.phase == Phase::kClosed) return;
  c.phase = Phase::kReading;
  c.ends_with_client = false;
  c.call = std::stop_source(std::nostopstate);
  if (!c.streaming) return put_answer(c, response(head_for(c, 200), message));
  c.streaming = false;
  put_answer(c, stream_event(message, c.chunked) + stream_end(c.chunked));
}

// `body_follows`: whether bytes come that nobody wants to read.
void HttpServer::refuse(HttpConnection& c, const HttpRefusal& refusal, bool body_follows) {
  if (body_follows || stopping_) c.keep_alive = false;
  if (!body_follows) c.reader.take_body();
  c.in_request = false;
  put_answer(c, refusal_response(refusal, head_for(c, refusal.status)));
}

void HttpServer::put_answer(HttpConnection& c, std::string_view bytes) {
  if (!c.keep_alive || stopping_) {
    c.phase = Phase::kDraining;
    c.read_by = now() + kDrainTime;
  }
  put(c, bytes);
}

void HttpServer::put(HttpConnection& c, std::string_view bytes) {
  const std::size_t owed = c.unsent() + bytes.size();
  if (!c.send(bytes)) return close(c);
  c.last_sent = now();
  if (!c.has_unsent()) {
    c.send_by.reset();
    if (c.phase == Phase::kDraining) shutdown(c.socket.get(), SHUT_WR);
  } else if (!c.send_by || c.unsent() < owed) {  // it reads, if slowly
    c.send_by = c.last_sent + limits_.send_time;
  }
}

ResponseHead HttpServer::head_for(const HttpConnection& c, int status) const {
  return {.status = status, .now = backend_.clock.now(), .keep_alive = c.keep_alive && !stopping_};
}

}  // namespace pawl
