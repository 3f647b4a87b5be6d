// The end that somebody asked for.
#pragma once
#include <string>

#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/jobs.h"

namespace pawl {

// A waiting job is cancelled at once and its money is free, which is what it gives; a live one is
// cancelling until its death is confirmed, so World::cancels_asked has to be set. Nothing happens
// to one that has ended.
Result<Money> cancel_one(Transaction& transaction, const JobRow& job, const std::string& why);

}  // namespace pawl
