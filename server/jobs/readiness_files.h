// Those of the ten questions that are answered by trying something on the disk.
#pragma once
#include "server/jobs/readiness.h"

namespace pawl {

// Every revision is checked out once, and its programs are looked for while it is there.
struct CheckoutChecks {
  ReadinessCheck clean_checkout, command;
  FolderSize size;  // of the first
};
CheckoutChecks try_checkouts(const ReadinessFacts& facts);

ReadinessCheck volumes(const ReadinessFacts& facts);
ReadinessCheck outputs(const ReadinessFacts& facts, const FolderSize& checkout);

}  // namespace pawl
