-- What waits at a far end that is down, by when its day began; and mails by whom they are for and what they are about.

CREATE INDEX delivery_tried ON delivery (far_end_id, tried_since, delivery_id) WHERE status = 'Waiting';
CREATE INDEX delivery_by_worker ON delivery (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX delivery_by_assignment ON delivery (assignment_id) WHERE worker_id IS NOT NULL AND status <> 'Sent';
