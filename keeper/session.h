// The command of a sandbox: `pawl-keeper --serve`, inside the walls, with a listening socket as its
// standard input. Its name lies in ATTEMPT/keeper, which no box shows, so only the server gets
// through; what runs inside can end it, and change nothing else.
//
// A connection is one command. The client sends a spec (command, limit_ms, log_bytes_max and token
// count; see spec.h) and closes its side. The answer: how it ended, `ms` that it took, `bytes` of
// output, then `head N` and `tail N`, each with N bytes of stdout and stderr together. One command
// at a time: whoever comes meanwhile waits. When it ends, when its time is over, or when the
// client has gone, all that it started is killed before the answer.
#pragma once

namespace pawl::keeper {

int serve_commands();  // until it is killed

}  // namespace pawl::keeper
