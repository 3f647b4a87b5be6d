// Leaving the one who started us: double fork, a session of its own, no descriptor but those of the
// attempt.
#pragma once
#include "keeper/contract.h"
#include "keeper/fd.h"

namespace pawl::keeper {

// Opens what is closed of 0, 1 and 2, so that no file of ours gets one of their numbers.
void fill_standard_streams();

// Returns only in the process that is to be the keeper: the one who was called waits there, and
// leaves with the code that the keeper sends through the returned pipe (kIo if it dies without a
// word).
Fd detach();

// From here on the keeper is on its own; nobody reads its streams.
void cut_loose(const Fd& answer, Exit code);

}  // namespace pawl::keeper
