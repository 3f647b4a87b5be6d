// The processes below this one. As a subreaper the keeper inherits every orphan, so all of an
// attempt stays below it, and waitpid saying ECHILD is the proof that nothing of it is alive.
//
// Without a PID namespace one thing can outrun us: a process that forks, leaves its process group
// and exits faster than /proc can be read. Then the proof does not come and no record is written;
// the attempt is never called dead while it is alive.
#pragma once

namespace pawl::keeper {

// Sends the signal to every process below this one; returns how many it reached. With
// `skip_children` our own children are left out: a box is to be ended by what runs inside of it.
int signal_descendants(int signal, bool skip_children);

}  // namespace pawl::keeper
