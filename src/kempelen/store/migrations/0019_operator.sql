-- What the operator decides: notes about money that comes and goes, reports that are resolved, Requesters suspended.

ALTER TABLE transfer ADD COLUMN note TEXT;
CREATE INDEX transfer_from_outside ON transfer (from_account) WHERE reason = 'Deposit';
CREATE INDEX transfer_to_outside ON transfer (to_account) WHERE reason = 'Withdrawal';

ALTER TABLE report ADD COLUMN resolved_at BIGINT;
ALTER TABLE report ADD COLUMN note TEXT;

CREATE INDEX requester_suspended ON requester (requester_id) WHERE status = 'Suspended';
