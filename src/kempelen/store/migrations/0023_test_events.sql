-- The test events of the last hour, by which their number is limited; of a destination only a digest is kept.
CREATE TABLE test_event (
    delivery_id        TEXT PRIMARY KEY,
    requester_id       TEXT NOT NULL REFERENCES requester,
    destination_digest TEXT NOT NULL,
    sent_at            BIGINT NOT NULL
) STRICT;
CREATE INDEX test_event_by_requester ON test_event (requester_id, sent_at);
CREATE INDEX test_event_by_destination ON test_event (destination_digest, sent_at);
CREATE INDEX test_event_by_age ON test_event (sent_at);
