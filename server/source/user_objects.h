// The user's objects as a libgit2 backend that can only be read. libgit2's own backends touch the
// modification time of objects that are written again; this one has no way to.
#pragma once
#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "server/source/git.h"

namespace pawl::git {

// libgit2 frees the backend, and with it `objects`, together with the odb that it is added to.
git_odb_backend* make_user_objects(OdbPtr objects);

}  // namespace pawl::git
