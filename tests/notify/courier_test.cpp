#include "server/notify/courier.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/notify/one_door.h"

using namespace pawl;
using std::chrono::minutes;

namespace {

class SetClock final : public Clock {
 public:
  Timestamp now() const override { return now_; }
  Milliseconds since_boot() const override { return now_.time_since_epoch(); }
  void advance(Milliseconds by) { now_ += by; }

 private:
  Timestamp now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
};

class Delivery : public testing::Test {
 protected:
  Delivery() {
    std::string name = testing::TempDir() + "pawl-courier-XXXXXX";
    top_ = mkdtemp(name.data());
    store_ = Store::open(top_ / "pawl.db", clock_).value();
  }
  ~Delivery() override {
    store_.reset();
    std::filesystem::remove_all(top_);
  }

  void tell(const std::string& once, bool wanted = true) {
    EXPECT_TRUE(store_->write([&](Transaction& transaction) {
      return put_note(transaction, {.kind = "approval.needed",
                                    .subject = "a4: 5 x validate",
                                    .text = "say \"yes\"",
                                    .once = once,
                                    .wanted = wanted});
    }));
  }
  void pass(const std::string& url) {
    Courier courier(*store_, clock_, [url] { return url; });
    EXPECT_TRUE(courier.deliver_due());
  }
  std::vector<Note> notes() {
    return store_->read([](Reader& reader) { return list_notes(reader, 10); }).value();
  }

  std::filesystem::path top_;
  SetClock clock_;
  std::unique_ptr<Store> store_;
};

TEST_F(Delivery, ANoteIsSentOnceAsJson) {
  OneDoor door({200});
  tell("a4");
  pass(door.url("/hook"));
  pass(door.url("/hook"));
  const auto requests = door.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_TRUE(requests[0].starts_with("POST /hook HTTP/1.1\r\n")) << requests[0];
  EXPECT_TRUE(requests[0].ends_with(R"({"at":"2026-11-22T00:00:00Z","event":"approval.needed",)"
                                    R"("subject":"a4: 5 x validate","text":"say \"yes\""})"))
      << requests[0];
  EXPECT_EQ(notes().at(0).state, NoteState::kSent);
}

TEST_F(Delivery, WhatFailedIsTriedAgainAfterAPause) {
  OneDoor door({500, 200});
  tell("a4");
  pass(door.url("/"));
  pass(door.url("/"));  // not yet
  EXPECT_EQ(notes().at(0).tries, 1);
  clock_.advance(minutes(1));
  pass(door.url("/"));
  EXPECT_EQ(door.requests().size(), 2U);
  EXPECT_EQ(notes().at(0).state, NoteState::kSent);
}

TEST_F(Delivery, ARedirectIsNotFollowed) {
  OneDoor door({302});
  tell("a4");
  pass(door.url("/"));
  EXPECT_EQ(door.requests().size(), 1U);
  EXPECT_EQ(notes().at(0).state, NoteState::kPending);
}

TEST_F(Delivery, OnlyWebAddressesAreSpokenTo) {
  std::ofstream(top_ / "secret") << "x";
  tell("a4");
  pass("file://" + (top_ / "secret").string());
  EXPECT_EQ(notes().at(0).state, NoteState::kPending);
}

TEST_F(Delivery, TheSameFactIsWrittenOnceAndWhatIsMutedIsNotSent) {
  OneDoor door({200});
  tell("muted", false);
  tell("muted");
  pass(door.url("/"));
  EXPECT_EQ(door.requests().size(), 0U);
  EXPECT_EQ(notes().size(), 1U);
}

TEST_F(Delivery, TheAddressStandsInNoLogAndNotInTheDatabase) {
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  OneDoor door({500});
  tell("a4");
  pass(door.url("/T0P-SECRET"));
  pass("http://127.0.0.1:1/T0P-SECRET");
  clock_.advance(minutes(1));
  pass("http://t0p-secret.invalid/T0P-SECRET");
  spdlog::set_default_logger(before);
  EXPECT_NE(log.str().find("approval.needed"), std::string::npos);
  EXPECT_EQ(log.str().find("T0P"), std::string::npos) << log.str();
  EXPECT_EQ(log.str().find("t0p"), std::string::npos) << log.str();
  store_.reset();
  for (const auto& file : std::filesystem::directory_iterator(top_)) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find("T0P-SECRET"), std::string::npos) << file.path();
  }
}

TEST(Courier, PausesGrowAndEnd) {
  EXPECT_EQ(pause_after(1), minutes(1));
  EXPECT_EQ(pause_after(2), minutes(5));
  EXPECT_EQ(pause_after(3), minutes(30));
  EXPECT_EQ(pause_after(kTriesMax - 1), minutes(30));
  EXPECT_EQ(pause_after(kTriesMax), std::nullopt);
}

TEST(Courier, AnAddressMayStandInTheEnvironment) {
  const auto variable = [](const char* name) -> const char* {
    return std::string(name) == "HOOK" ? "https://h.invalid/x" : nullptr;
  };
  EXPECT_EQ(resolve_address("env:HOOK", variable), "https://h.invalid/x");
  EXPECT_EQ(resolve_address("env:OTHER", variable), "");
  EXPECT_EQ(resolve_address("http://127.0.0.1/", variable), "http://127.0.0.1/");
}

}  // namespace
