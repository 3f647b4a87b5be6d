// The first process inside a box: `pawl-keeper --exec REPORT STATUS -- COMMAND...`, run by
// bubblewrap as process 1 of its PID namespace. It starts the command, buries orphans, and tells
// how the command ended, which bubblewrap's own exit code cannot (137 may be a code or a signal).
// When it exits, the kernel kills everything else in the namespace.
#pragma once

namespace pawl::keeper {

int box_init(int argc, char** argv);

}  // namespace pawl::keeper
