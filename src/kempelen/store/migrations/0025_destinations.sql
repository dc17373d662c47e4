-- Where deliveries go is a destination with an address: the words that the code uses.
ALTER TABLE far_end RENAME TO destination;
ALTER TABLE destination RENAME COLUMN far_end_id TO destination_id;
ALTER TABLE destination RENAME COLUMN destination TO address;
ALTER TABLE notification RENAME COLUMN far_end_id TO destination_id;
ALTER TABLE delivery RENAME COLUMN far_end_id TO destination_id;
DROP INDEX far_end_due;
CREATE INDEX destination_due ON destination (due_at, destination_id);
