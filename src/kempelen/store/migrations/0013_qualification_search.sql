-- What types are searched by, in the order in which they are told and with nothing else between, so that a word that
-- few have is found soon.

CREATE TABLE qualification_text (
    name                  TEXT NOT NULL,
    qualification_type_id TEXT NOT NULL REFERENCES qualification_type,
    search_text           TEXT NOT NULL,
    PRIMARY KEY (name, qualification_type_id)
) STRICT, WITHOUT ROWID;

INSERT INTO qualification_text (name, qualification_type_id, search_text)
SELECT name, qualification_type_id, search_text FROM qualification_type WHERE status <> 'Disposed';

ALTER TABLE qualification_type DROP COLUMN search_text;
