-- The accounts of Requesters alone, to be summed by kind: what Workers earned follows from them.

CREATE INDEX account_by_kind ON account (kind) WHERE worker_id IS NULL;
