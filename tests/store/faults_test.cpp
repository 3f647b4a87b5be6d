// A full disk refuses writes and nothing else; an I/O error stops the writer; and whichever call
// fails, what was acknowledged is there after a restart.
#include "server/store/events.h"
#include "tests/store/fake_disk.h"
#include "tests/store/fixture.h"
#include "tests/store/workload.h"

namespace pawl::test {
namespace {

class Faults : public testing::Test {
 protected:
  void SetUp() override {
    reopen();
    ASSERT_TRUE(prepare(*store_));
    reopen();
    fresh_ = disk_.image();
  }
  void reopen() {
    store_.reset();
    auto store =
        Store::open("pawl.db", clock_,
                    {.readers = 1,
                     .checkpoint_pages = 40,
                     .vfs = disk_.vfs(),
                     .on_fatal = [this](const Error& error) { fatal_.push_back(error.message); }});
    ASSERT_TRUE(store) << store.error().message;
    store_ = *std::move(store);
  }
  Result<EventId> note() {
    return store_->write([](Transaction& t) {
      return append_event(t, {.kind = EventKind::kServer, .text = "note"});
    });
  }
  Result<std::int64_t> notes() {
    return store_->read([](Reader& r) -> Result<std::int64_t> {
      TRY(const auto n, sql::value<std::int64_t>(r, "SELECT count(*) FROM event"));
      return *n;
    });
  }

  // Works with one failing call somewhere, then restarts and looks.
  void work_through(FakeDisk::Fault fault, bool must_stop) {
    store_.reset();
    disk_.load(fresh_);
    fatal_.clear();
    reopen();
    disk_.fail(fault);
    Client client(*store_, 1);
    int refused = 0;
    for (int i = 0; i < 30; ++i) refused += client.step() ? 0 : 1;
    EXPECT_EQ(fatal_.size(), must_stop && refused > 0 ? 1 : 0) << "call " << fault.nth;
    disk_.heal();
    reopen();
    const Damages damages = inspect(*store_, client.promises());
    EXPECT_EQ(damages.lost, 0) << "call " << fault.nth;
    EXPECT_TRUE(damages.broken.empty()) << "call " << fault.nth << ": " << damages.broken.front();
  }

  FakeClock clock_;
  FakeDisk disk_;
  FakeDisk::Image fresh_;
  std::vector<std::string> fatal_;
  std::unique_ptr<Store> store_;
};

TEST_F(Faults, AFullDiskRefusesWritesWhileReadsGoOn) {
  ASSERT_TRUE(note());
  disk_.fail({.call = DiskCall::kWrite, .code = SQLITE_FULL, .lasting = true});
  const auto refused = note();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kEngine);
  EXPECT_NE(refused.error().message.find("disk full"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(notes(), 1);
  EXPECT_TRUE(fatal_.empty());
}

TEST_F(Faults, AfterAFullDiskWritesGoOn) {
  disk_.fail({.call = DiskCall::kWrite, .code = SQLITE_FULL, .lasting = true});
  EXPECT_FALSE(note());
  disk_.heal();
  EXPECT_TRUE(note());
  EXPECT_EQ(notes(), 1);
}

TEST_F(Faults, AFailedSyncIsFatalAndNothingIsWrittenAfterIt) {
  disk_.fail({.call = DiskCall::kSync, .code = SQLITE_IOERR_FSYNC});
  const auto refused = note();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kEngine);
  EXPECT_EQ(fatal_.size(), 1);
  EXPECT_FALSE(note());  // although the disk works again
  EXPECT_EQ(fatal_.size(), 1);
  EXPECT_TRUE(notes());
}

TEST_F(Faults, AnyOneWriteThatFindsTheDiskFullLosesNothing) {
  for (std::int64_t nth = 1; nth <= 300; ++nth)
    work_through({.call = DiskCall::kWrite, .nth = nth, .code = SQLITE_FULL}, false);
}

TEST_F(Faults, AnyOneWriteThatFailsLosesNothing) {
  for (std::int64_t nth = 1; nth <= 300; ++nth) {
    work_through({.call = DiskCall::kWrite, .nth = nth, .code = SQLITE_IOERR_WRITE}, true);
  }
}

TEST_F(Faults, AnyOneSyncThatFailsLosesNothing) {
  for (std::int64_t nth = 1; nth <= 40; ++nth) {
    work_through({.call = DiskCall::kSync, .nth = nth, .code = SQLITE_IOERR_FSYNC}, true);
  }
}

}  // namespace
}  // namespace pawl::test
