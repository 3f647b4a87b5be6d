// The SQL of what a human is asked and told.
#pragma once

namespace pawl {

// A question to a human, and the held jobs that it is about. `id` is the number that people write.
inline constexpr const char* kApprovals = R"sql(
CREATE TABLE approval(
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project,
  principal TEXT NOT NULL,
  agent TEXT NOT NULL,
  stage TEXT NOT NULL,
  request_hash TEXT NOT NULL CHECK (length(request_hash) = 64),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  why TEXT NOT NULL,
  stop_loss TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'denied', 'expired', 'withdrawn')),
  created_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT NOT NULL,
  answer TEXT NOT NULL,
  CHECK ((state = 'open') = (decided_at IS NULL))
) STRICT;
CREATE INDEX approval_open ON approval(id) WHERE state = 'open';
CREATE INDEX approval_stop_loss ON approval(project, stop_loss, decided_at) WHERE stop_loss != '';
CREATE TRIGGER approval_is_answered_once BEFORE UPDATE OF state ON approval WHEN OLD.state != 'open'
BEGIN SELECT RAISE(ABORT, 'an approval is answered once'); END;
CREATE TABLE approval_job(
  job INTEGER PRIMARY KEY REFERENCES job,
  approval INTEGER NOT NULL REFERENCES approval
) STRICT;
CREATE INDEX approval_jobs ON approval_job(approval);

-- Why a job failed, equal for equal causes; empty for every other end.
ALTER TABLE job ADD COLUMN signature TEXT NOT NULL DEFAULT '';
CREATE INDEX job_ended ON job(project, finished_at) WHERE finished_at IS NOT NULL;
)sql";

// `once` keeps a fact from being told twice.
inline constexpr const char* kOutbox = R"sql(
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  once TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'muted', 'given_up')),
  tries INTEGER NOT NULL CHECK (tries >= 0),
  next_at INTEGER NOT NULL,
  sent_at INTEGER,
  CHECK ((state = 'sent') = (sent_at IS NOT NULL))
) STRICT;
CREATE INDEX outbox_due ON outbox(next_at) WHERE state = 'pending';
)sql";

}  // namespace pawl
