-- A Worker who has deleted their account: the row stays for what refers to it, and says nothing of a person.

ALTER TABLE worker ADD COLUMN deleted_at BIGINT;
