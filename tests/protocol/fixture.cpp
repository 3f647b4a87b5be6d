#include "tests/protocol/fixture.h"

namespace pawl {

void Outbox::put(std::string_view line) {
  {
    const std::scoped_lock lock(mutex_);
    EXPECT_TRUE(line.ends_with('\n'));
    EXPECT_EQ(line.find('\n'), line.size() - 1) << "one message is one line";
    lines_.emplace_back(line.substr(0, line.size() - 1));
  }
  came_.notify_all();
}

std::string Outbox::next() {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, std::chrono::seconds(20), [&] { return taken_ < lines_.size(); })) {
    return "nothing came";
  }
  return lines_[taken_++];
}

std::vector<std::string> Outbox::all() const {
  const std::scoped_lock lock(mutex_);
  return lines_;
}

std::string SessionTest::ask(const std::string& line) {
  session.receive(line);
  return outbox.next();
}

std::string SessionTest::ask_modern(const std::string& method, const std::string& params) {
  return ask(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{)" + params +
             (params.empty() ? "" : ",") +
             R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
             R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
}

void Gate::open() {
  {
    const std::scoped_lock lock(mutex_);
    open_ = true;
  }
  changed_.notify_all();
}

void Gate::wait_until_open(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  ++reached_;
  changed_.notify_all();
  changed_.wait(lock, stop, [&] { return open_; });
}

void Gate::wait_until_reached(int calls) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return reached_ >= calls; });
}

}  // namespace pawl
