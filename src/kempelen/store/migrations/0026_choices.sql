-- How a Worker wants lists and alerts.
ALTER TABLE worker ADD COLUMN compact_lists BIGINT NOT NULL DEFAULT 0 CHECK (compact_lists IN (0, 1));
ALTER TABLE worker ADD COLUMN alert_sound BIGINT NOT NULL DEFAULT 0 CHECK (alert_sound IN (0, 1));
ALTER TABLE worker ADD COLUMN alert_notification BIGINT NOT NULL DEFAULT 0 CHECK (alert_notification IN (0, 1));
ALTER TABLE worker ADD COLUMN alert_accept BIGINT NOT NULL DEFAULT 0 CHECK (alert_accept IN (0, 1));
