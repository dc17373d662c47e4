-- How a Worker is spoken to: a language of the site and a time zone, where they have chosen one.

ALTER TABLE worker ADD COLUMN language TEXT;
ALTER TABLE worker ADD COLUMN time_zone TEXT;
