// The SQL of the schema, one string a migration.
#include <array>

#include "server/store/note_tables.h"
#include "server/store/place_tables.h"
#include "server/store/sandbox_tables.h"
#include "server/store/schema.h"
#include "server/store/window_tables.h"

namespace pawl {
namespace {

// STRICT everywhere: a text in a money column is an error, not a value. Times are milliseconds
// since 1970 (UTC), money is micro-USD, and each word in a CHECK is the name of an enumerator.
constexpr const char* kJobTables = R"sql(
CREATE TABLE meta(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  token_secret TEXT NOT NULL CHECK (length(token_secret) >= 64)
) STRICT;
INSERT INTO meta VALUES (1, 0, lower(hex(randomblob(32))));

CREATE TABLE clock_mark(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  wall INTEGER NOT NULL,
  since_boot_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  stepped_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE project(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  root TEXT NOT NULL UNIQUE,
  base_commit TEXT NOT NULL,
  goal_metric TEXT NOT NULL,
  direction TEXT NOT NULL CHECK (direction IN ('min', 'max')),
  best_commit TEXT NOT NULL,
  best_job INTEGER REFERENCES job,
  best_value REAL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE round(
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project,
  number INTEGER NOT NULL CHECK (number >= 1),
  title TEXT NOT NULL,
  agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (project, number)
) STRICT;

CREATE TABLE job(
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project,
  number INTEGER NOT NULL CHECK (number >= 1),
  title TEXT NOT NULL,
  agent TEXT NOT NULL,
  principal TEXT NOT NULL,
  round INTEGER REFERENCES round,
  stage TEXT NOT NULL,
  commit_id TEXT NOT NULL,
  base_commit TEXT NOT NULL,
  params TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  seed INTEGER NOT NULL,
  repeat INTEGER NOT NULL CHECK (repeat >= 0),
  gpus INTEGER NOT NULL CHECK (gpus >= 0),
  limit_ms INTEGER NOT NULL CHECK (limit_ms >= 0),
  tags TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'queued', 'starting', 'running', 'evaluating',
    'cancelling', 'succeeded', 'failed', 'timed_out', 'cancelled')),
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  created_at INTEGER NOT NULL,
  queued_at INTEGER,
  started_at INTEGER,
  finished_at INTEGER,
  finished_event INTEGER REFERENCES event,
  UNIQUE (project, number),
  CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'timed_out', 'cancelled')))
) STRICT;
CREATE INDEX job_unfinished ON job(state, id) WHERE finished_at IS NULL;
CREATE INDEX job_queue ON job(principal, agent, id) WHERE state = 'queued';
CREATE INDEX job_finished ON job(finished_event) WHERE finished_event IS NOT NULL;
CREATE INDEX job_content ON job(project, content_hash);
CREATE INDEX job_round ON job(round) WHERE round IS NOT NULL;
CREATE TRIGGER job_final_absorbs BEFORE UPDATE OF state ON job WHEN OLD.finished_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a final state absorbs'); END;

-- How many unfinished jobs there are of each kind. Kept by triggers, so that the counts which every submit
-- and claim asks for cost the same with a long queue.
CREATE TABLE job_load(
  project INTEGER NOT NULL,
  stage TEXT NOT NULL,
  principal TEXT NOT NULL,
  agent TEXT NOT NULL,
  held INTEGER NOT NULL CHECK (held >= 0),
  queued INTEGER NOT NULL CHECK (queued >= 0),
  live INTEGER NOT NULL CHECK (live >= 0),
  PRIMARY KEY (project, stage, principal, agent)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER job_is_counted AFTER INSERT ON job WHEN NEW.finished_at IS NULL
BEGIN
  INSERT INTO job_load VALUES (NEW.project, NEW.stage, NEW.principal, NEW.agent,
    NEW.state = 'held', NEW.state = 'queued', NEW.state NOT IN ('held', 'queued'))
  ON CONFLICT DO UPDATE SET held = held + excluded.held, queued = queued + excluded.queued,
    live = live + excluded.live;
END;
CREATE TRIGGER job_is_recounted AFTER UPDATE OF state ON job
BEGIN
  UPDATE job_load SET
    held = held + (NEW.state = 'held') - (OLD.state = 'held'),
    queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
    live = live + (NEW.finished_at IS NULL AND NEW.state NOT IN ('held', 'queued'))
                - (OLD.finished_at IS NULL AND OLD.state NOT IN ('held', 'queued'))
  WHERE project = NEW.project AND stage = NEW.stage AND principal = NEW.principal
    AND agent = NEW.agent;
END;

-- Whose turn it is: the agent whose last claim lies furthest back.
CREATE TABLE agent_turn(
  principal TEXT NOT NULL,
  agent TEXT NOT NULL,
  last_claim INTEGER NOT NULL,
  PRIMARY KEY (principal, agent)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt(
  job INTEGER NOT NULL REFERENCES job,
  number INTEGER NOT NULL CHECK (number >= 1),
  token TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intent', 'launched', 'ended')),
  pool TEXT NOT NULL,
  class TEXT NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  units INTEGER NOT NULL CHECK (units >= 1),
  gpus INTEGER NOT NULL CHECK (gpus >= 0),
  limit_ms INTEGER NOT NULL CHECK (limit_ms >= 0),
  worst_case_ms INTEGER NOT NULL CHECK (worst_case_ms >= limit_ms),
  claimed_at INTEGER NOT NULL,
  claimed_since_boot_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  launched_at INTEGER,
  ended_at INTEGER,
  outcome TEXT,
  exit_code INTEGER,
  signal INTEGER,
  started_at INTEGER,
  billed_ms INTEGER CHECK (billed_ms >= 0),
  cost INTEGER CHECK (cost >= 0),
  PRIMARY KEY (job, number),
  CHECK (state != 'launched' OR launched_at IS NOT NULL),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
  CHECK ((state = 'ended') = (outcome IS NOT NULL)),
  CHECK ((state = 'ended') = (billed_ms IS NOT NULL)),
  CHECK ((state = 'ended') = (cost IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempt_one_live ON attempt(job) WHERE state != 'ended';

CREATE TABLE attempt_slot(
  job INTEGER NOT NULL,
  number INTEGER NOT NULL,
  pool TEXT NOT NULL,
  slot INTEGER NOT NULL CHECK (slot >= 0),
  held INTEGER NOT NULL CHECK (held IN (0, 1)),
  PRIMARY KEY (job, number, slot),
  FOREIGN KEY (job, number) REFERENCES attempt
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX slot_held_once ON attempt_slot(pool, slot) WHERE held = 1;

CREATE TABLE event(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('submitted', 'state', 'finished', 'decision', 'refused',
    'budget', 'policy', 'server')),
  project INTEGER REFERENCES project,
  job INTEGER REFERENCES job,
  round INTEGER REFERENCES round,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE decision(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  project INTEGER NOT NULL REFERENCES project,
  job INTEGER REFERENCES job,
  decision TEXT NOT NULL CHECK (decision IN ('keep', 'discard', 'crash', 'idea', 'note')),
  why TEXT NOT NULL,
  agent TEXT NOT NULL,
  value REAL,
  delta REAL,
  CHECK (job IS NOT NULL OR decision IN ('idea', 'note'))
) STRICT;
CREATE INDEX decision_project ON decision(project, id);

CREATE TABLE job_metric(
  job INTEGER NOT NULL REFERENCES job,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (job, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency(
  principal TEXT NOT NULL,
  project INTEGER NOT NULL REFERENCES project,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  job INTEGER REFERENCES job,
  round INTEGER REFERENCES round,
  PRIMARY KEY (principal, project, key),
  CHECK ((job IS NULL) != (round IS NULL))
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kMoneyTables = R"sql(
CREATE TABLE budget_node(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('global', 'project', 'agent', 'experiment')),
  parent INTEGER REFERENCES budget_node,
  name TEXT NOT NULL,
  UNIQUE (parent, kind, name),
  CHECK ((kind = 'global') = (parent IS NULL))
) STRICT;
CREATE UNIQUE INDEX budget_node_one_global ON budget_node(kind) WHERE parent IS NULL;
CREATE INDEX budget_node_shared ON budget_node(kind) WHERE kind != 'experiment';

-- The six amounts are a cache of the ledger.
CREATE TABLE budget_window(
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL REFERENCES budget_node,
  kind TEXT NOT NULL CHECK (kind IN ('total', 'day', 'experiment')),
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
  UNIQUE (node, kind, starts),
  CHECK (starts < ends)
) STRICT;

CREATE TABLE reservation(
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES job,
  attempt INTEGER NOT NULL CHECK (attempt >= 0),
  state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released')),
  price INTEGER NOT NULL CHECK (price >= 0),
  units INTEGER NOT NULL CHECK (units >= 1),
  worst_case_ms INTEGER NOT NULL CHECK (worst_case_ms >= 0),
  created_at INTEGER NOT NULL,
  closed_at INTEGER,
  CHECK ((state = 'open') = (closed_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX reservation_one_open ON reservation(job) WHERE state = 'open';
CREATE UNIQUE INDEX reservation_one_an_attempt ON reservation(job, attempt) WHERE attempt > 0;

-- What each row moved. `hash` covers the row and the hash before it.
CREATE TABLE ledger(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('reserve', 'settle', 'release', 'adjust')),
  reservation INTEGER REFERENCES reservation,
  budget_window INTEGER NOT NULL REFERENCES budget_window,
  reserved_money INTEGER NOT NULL,
  reserved_gpu_ms INTEGER NOT NULL,
  spent_money INTEGER NOT NULL,
  spent_gpu_ms INTEGER NOT NULL,
  overrun_money INTEGER NOT NULL CHECK (overrun_money >= 0),
  overrun_gpu_ms INTEGER NOT NULL CHECK (overrun_gpu_ms >= 0),
  headroom_money INTEGER,
  headroom_gpu_ms INTEGER,
  principal TEXT NOT NULL,
  reason TEXT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT within_headroom CHECK (kind != 'reserve' OR (
    (headroom_money IS NULL OR reserved_money <= headroom_money) AND
    (headroom_gpu_ms IS NULL OR reserved_gpu_ms <= headroom_gpu_ms))),
  CONSTRAINT moves_as_its_kind CHECK (CASE kind
    WHEN 'reserve' THEN reserved_money >= 0 AND reserved_gpu_ms >= 0
      AND spent_money = 0 AND spent_gpu_ms = 0 AND overrun_money = 0 AND overrun_gpu_ms = 0
    WHEN 'settle' THEN spent_money BETWEEN 0 AND -reserved_money
      AND spent_gpu_ms BETWEEN 0 AND -reserved_gpu_ms
    WHEN 'release' THEN reserved_money <= 0 AND reserved_gpu_ms <= 0
      AND spent_money = 0 AND spent_gpu_ms = 0 AND overrun_money = 0 AND overrun_gpu_ms = 0
    ELSE reserved_money = 0 AND reserved_gpu_ms = 0 AND reason != '' AND principal != '' END),
  CHECK ((kind = 'adjust') = (reservation IS NULL))
) STRICT;
CREATE UNIQUE INDEX ledger_reserved_once ON ledger(reservation, budget_window)
  WHERE kind = 'reserve';
CREATE UNIQUE INDEX ledger_closed_once ON ledger(reservation, budget_window)
  WHERE kind IN ('settle', 'release');
CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
)sql";

// `sha256` is of the whole token, which is 32 random bytes: a digest without salt tells nothing.
constexpr const char* kTokenTable = R"sql(
CREATE TABLE token(
  name TEXT PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project,
  sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// A job that needs another one waits until that has succeeded.
constexpr const char* kNeeds = R"sql(
ALTER TABLE job ADD COLUMN needs INTEGER REFERENCES job;
CREATE INDEX job_needs ON job(needs) WHERE state = 'queued' AND needs IS NOT NULL;
CREATE INDEX job_measured ON job(project, stage, gpus, finished_event) WHERE state IN ('succeeded', 'timed_out');
)sql";

constexpr const char* kVolumes = R"sql(
CREATE TABLE volume(
  name TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (length(digest) = 64),
  stamp TEXT NOT NULL,
  files INTEGER NOT NULL CHECK (files >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  registered_at INTEGER NOT NULL
) STRICT;
)sql";

// What a human added to a cap. Named as people name them: a policy without such a rule is no error.
constexpr const char* kAllowances = R"sql(
CREATE TABLE allowance(
  id INTEGER PRIMARY KEY,
  budget_node TEXT NOT NULL,
  budget_window TEXT NOT NULL,
  money INTEGER NOT NULL CHECK (money > 0),
  until INTEGER NOT NULL,
  principal TEXT NOT NULL CHECK (principal != ''),
  why TEXT NOT NULL CHECK (why != ''),
  created_at INTEGER NOT NULL,
  CHECK (created_at < until)
) STRICT;
)sql";

// `beside`: the job whose result this one is compared with, so both run in one class.
// `round_reused`: jobs that a round was given back instead of running them again.
constexpr const char* kComparison = R"sql(
ALTER TABLE job ADD COLUMN beside INTEGER REFERENCES job;
CREATE INDEX job_beside ON job(beside) WHERE beside IS NOT NULL;
CREATE TABLE round_reused(
  round INTEGER NOT NULL REFERENCES round,
  job INTEGER NOT NULL REFERENCES job,
  PRIMARY KEY (round, job)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kTokenScope = R"sql(
ALTER TABLE token ADD COLUMN admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1));
)sql";

constexpr std::array kAll = {kJobTables, kMoneyTables, kTokenTable,  kNeeds,      kVolumes,
                             kPlaces,    kAllowances,  kEveryWindow, kComparison, kApprovals,
                             kOutbox,    kTokenScope,  kSandboxes};

}  // namespace

const std::span<const char* const> kMigrations = kAll;

}  // namespace pawl
