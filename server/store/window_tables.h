// The migration of the budget tree to every window and node. Only server/store/tables.cpp includes
// it.
#pragma once

namespace pawl {

// Nodes for stages and rounds, windows for nights, weeks, months and rounds. A CHECK can only be
// changed by building the table again; migrate() has the foreign keys off meanwhile. A window may
// share its start with one of another end, since the night's hours may change.
inline constexpr const char* kEveryWindow = R"sql(
CREATE TABLE budget_node_new(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('global', 'project', 'agent', 'stage', 'round', 'experiment')),
  parent INTEGER REFERENCES budget_node,
  name TEXT NOT NULL,
  UNIQUE (parent, kind, name),
  CHECK ((kind = 'global') = (parent IS NULL))
) STRICT;
INSERT INTO budget_node_new SELECT id, kind, parent, name FROM budget_node;
DROP TABLE budget_node;
ALTER TABLE budget_node_new RENAME TO budget_node;
CREATE UNIQUE INDEX budget_node_one_global ON budget_node(kind) WHERE parent IS NULL;
CREATE INDEX budget_node_shared ON budget_node(kind) WHERE kind != 'experiment';

CREATE TABLE budget_window_new(
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL REFERENCES budget_node,
  kind TEXT NOT NULL
    CHECK (kind IN ('total', 'day', 'night', 'week', 'month', 'round', 'experiment')),
  starts INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  cap_money INTEGER CHECK (cap_money >= 0),
  cap_gpu_ms INTEGER CHECK (cap_gpu_ms >= 0),
  cap_source TEXT NOT NULL,
  spent_money INTEGER NOT NULL DEFAULT 0,
  spent_gpu_ms INTEGER NOT NULL DEFAULT 0,
  reserved_money INTEGER NOT NULL DEFAULT 0 CHECK (reserved_money >= 0),
  reserved_gpu_ms INTEGER NOT NULL DEFAULT 0 CHECK (reserved_gpu_ms >= 0),
  overrun_money INTEGER NOT NULL DEFAULT 0 CHECK (overrun_money >= 0),
  overrun_gpu_ms INTEGER NOT NULL DEFAULT 0 CHECK (overrun_gpu_ms >= 0),
  UNIQUE (node, kind, starts, ends),
  CHECK (starts < ends)
) STRICT;
INSERT INTO budget_window_new SELECT id, node, kind, starts, ends, cap_money, cap_gpu_ms, cap_source,
  spent_money, spent_gpu_ms, reserved_money, reserved_gpu_ms, overrun_money, overrun_gpu_ms
  FROM budget_window;
DROP TABLE budget_window;
ALTER TABLE budget_window_new RENAME TO budget_window;
CREATE INDEX attempt_ended ON attempt(ended_at) WHERE ended_at IS NOT NULL;
)sql";

}  // namespace pawl
