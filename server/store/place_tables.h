// The migration of what placement and prices keep. Only server/store/tables.cpp includes it.
#pragma once

namespace pawl {

// What an attempt pays from when on, in pico-USD an hour where a price is meant; why it was placed
// where it is; what the runs on each pool showed; and pools on which nothing starts until a human
// looked. A second row may top a reservation up, so `reason` tells reserve rows apart.
inline constexpr const char* kPlaces = R"sql(
ALTER TABLE attempt ADD COLUMN spot INTEGER NOT NULL DEFAULT 0 CHECK (spot IN (0, 1));
ALTER TABLE attempt ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN places TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN taken_back TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_taken_back ON attempt(job) WHERE taken_back != '' AND state != 'ended';
CREATE TABLE attempt_rate(
  job INTEGER NOT NULL,
  number INTEGER NOT NULL,
  since INTEGER NOT NULL,
  unit_picos INTEGER NOT NULL CHECK (unit_picos >= 0),
  attempt_picos INTEGER NOT NULL CHECK (attempt_picos >= 0),
  once INTEGER NOT NULL CHECK (once >= 0),
  least_ms INTEGER NOT NULL CHECK (least_ms >= 0),
  step_ms INTEGER NOT NULL CHECK (step_ms >= 1),
  PRIMARY KEY (job, number, since),
  FOREIGN KEY (job, number) REFERENCES attempt
) STRICT, WITHOUT ROWID;
INSERT INTO attempt_rate
  SELECT job, number, claimed_at, price * 1000000, 0, 0, 0, 1 FROM attempt;
CREATE TABLE pool_record(
  project INTEGER NOT NULL REFERENCES project,
  stage TEXT NOT NULL,
  pool TEXT NOT NULL,
  spot INTEGER NOT NULL CHECK (spot IN (0, 1)),
  runs INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  interruptions INTEGER NOT NULL,
  results INTEGER NOT NULL,
  billed_ms INTEGER NOT NULL,
  startup_ms INTEGER NOT NULL,
  work_ms INTEGER NOT NULL,
  PRIMARY KEY (project, stage, pool, spot)
) STRICT, WITHOUT ROWID;
CREATE TABLE frozen_pool(
  pool TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  why TEXT NOT NULL CHECK (why != '')
) STRICT, WITHOUT ROWID;
DROP INDEX ledger_reserved_once;
CREATE UNIQUE INDEX ledger_reserved_once ON ledger(reservation, budget_window, reason)
  WHERE kind = 'reserve';
)sql";

}  // namespace pawl
