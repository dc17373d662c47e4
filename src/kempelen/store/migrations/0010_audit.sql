-- What the audit log is asked for. Ids begin with time, so that an index by id is one by time.

DROP INDEX event_by_hit;
DROP INDEX event_by_assignment;
CREATE INDEX event_by_hit ON event (hit_id, event_id) WHERE hit_id IS NOT NULL;
CREATE INDEX event_by_assignment ON event (assignment_id, event_id) WHERE assignment_id IS NOT NULL;
CREATE INDEX event_by_requester ON event (requester_id, event_id) WHERE requester_id IS NOT NULL;
CREATE INDEX event_by_worker ON event (worker_id, event_id) WHERE worker_id IS NOT NULL;
CREATE INDEX event_by_kind ON event (kind, event_id);
