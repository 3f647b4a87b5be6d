// The migration of what is known of sandboxes beside their jobs. Only server/store/tables.cpp
// includes it.
#pragma once

namespace pawl {

// `used_ms` counts from the claim of its attempt. `ending`: why it gets no further slice. `kept`:
// the commit that its files became.
inline constexpr const char* kSandboxes = R"sql(
CREATE TABLE sandbox(
  job INTEGER PRIMARY KEY REFERENCES job,
  project INTEGER NOT NULL REFERENCES project,
  number INTEGER NOT NULL CHECK (number >= 1),
  longest_ms INTEGER NOT NULL CHECK (longest_ms > 0),
  used_ms INTEGER NOT NULL DEFAULT 0 CHECK (used_ms >= 0),
  ending TEXT NOT NULL DEFAULT '',
  kept TEXT NOT NULL DEFAULT '',
  UNIQUE (project, number)
) STRICT;
)sql";

}  // namespace pawl
