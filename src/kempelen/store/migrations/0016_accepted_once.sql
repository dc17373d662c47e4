-- The request that an assignment was accepted by, so that the same request again accepts nothing more.

ALTER TABLE assignment ADD COLUMN request_token TEXT;
CREATE UNIQUE INDEX assignment_by_request ON assignment (worker_id, request_token) WHERE request_token IS NOT NULL;
