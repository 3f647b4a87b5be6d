// SQLite's view of the fake disk.
#pragma once
#include <sqlite3.h>

namespace pawl::test {

class FakeDisk;

sqlite3_vfs vfs_of(FakeDisk& disk, const char* name);  // both outlive it

}  // namespace pawl::test
