// A server for HTTP clients on a free port, with the scripted service behind it, and a client that
// sends exactly the bytes it is told to.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "server/transport/http_server.h"
#include "tests/tools/fake_service.h"

namespace pawl {

class HttpDaemon {
 public:
  explicit HttpDaemon(const HttpLimits& limits = {});
  ~HttpDaemon() { stop(); }

  void stop();  // returns when every call has ended
  std::uint16_t port() const { return server_->port(); }

  World world;

 private:
  Service service_{world};
  SystemClock clock_;
  Workers workers_;
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};

struct HttpAnswer {
  int status = 0;  // 0: the connection ended first
  std::string head, body;

  std::string header(const std::string& name) const;  // as the server writes the name
};

class HttpClient {
 public:
  explicit HttpClient(const HttpDaemon& daemon);

  bool send(std::string_view bytes);  // false: the server has hung up
  void finish_sending();
  HttpAnswer receive();         // one whole answer, chunks put together
  std::string receive_head();   // of a stream, up to its empty line
  std::string receive_event();  // the next event's data of a stream; "" at its end
  bool is_closed();             // waits for the server to hang up
  void hang_up() { socket_ = {}; }
  HttpAnswer ask(std::string_view bytes);
  int fd() const { return socket_.get(); }

 private:
  bool fill();
  std::string line();
  std::string take(std::size_t count);
  std::string chunk();

  Descriptor socket_;
  std::string buffer_, events_;
};

// POST /mcp with a token; `more`: header lines.
std::string post(const std::string& body, const std::string& more = "");
// The same in the modern era with its headers.
std::string modern_post(const std::string& method, const std::string& name = "",
                        const std::string& meta = "", const std::string& more = "");

inline const std::string kHost = "Host: 127.0.0.1\r\n";
inline const std::string kToken = "Authorization: Bearer pawl_secret\r\n";
inline const std::string kJsonType = "Content-Type: application/json\r\n";
inline const std::string kTakesStreams = "Accept: application/json, text/event-stream\r\n";
inline const std::string kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

}  // namespace pawl
