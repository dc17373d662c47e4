-- Resets of forgotten passwords, changes of e-mail addresses, and what a Worker sees of their sessions and API tokens.
-- Links in mails carry the id and a signature over it, so nothing here opens anything by itself.

CREATE TABLE password_reset (
    reset_id     TEXT PRIMARY KEY,
    worker_id    TEXT NOT NULL REFERENCES worker,
    requested_at BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL
) STRICT;
CREATE INDEX password_reset_by_worker ON password_reset (worker_id);

CREATE TABLE email_change (
    change_id    TEXT PRIMARY KEY,
    worker_id    TEXT NOT NULL REFERENCES worker,
    old_email    TEXT NOT NULL,
    new_email    TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    confirmed_at BIGINT
) STRICT;
CREATE INDEX email_change_by_worker ON email_change (worker_id);

-- seal_hash: the digest of a secret that only pages of the site's own origin can read, port included.
ALTER TABLE session ADD COLUMN seal_hash TEXT;
ALTER TABLE session ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN last_used_at BIGINT;
ALTER TABLE worker_token ADD COLUMN last_used_at BIGINT;
