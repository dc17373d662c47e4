-- What each Worker lets the tasks of each Requester use: by a row for each thing allowed.

CREATE TABLE task_permission (
    worker_id    TEXT NOT NULL REFERENCES worker,
    requester_id TEXT NOT NULL REFERENCES requester,
    feature      TEXT NOT NULL CHECK (feature IN ('camera', 'microphone', 'geolocation', 'fullscreen')),
    PRIMARY KEY (worker_id, requester_id, feature)
) STRICT, WITHOUT ROWID;
