-- A night that must be covered: at least one of its doctors is on call.
CREATE TABLE shifts (
    id integer PRIMARY KEY,
    night text NOT NULL,
    -- Counts requests that changed who is on call. Written first, so that they do not overlap.
    changes integer NOT NULL DEFAULT 0
);

CREATE TABLE duties (
    shift_id integer NOT NULL REFERENCES shifts (id),
    doctor_id integer NOT NULL,
    on_call boolean NOT NULL DEFAULT true,
    PRIMARY KEY (shift_id, doctor_id)
);
