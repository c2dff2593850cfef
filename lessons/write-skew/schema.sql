-- A night that must be covered: at least one of its doctors is on call.
CREATE TABLE shifts (
    id integer PRIMARY KEY,
    night text NOT NULL
);

CREATE TABLE duties (
    shift_id integer NOT NULL REFERENCES shifts (id),
    doctor_id integer NOT NULL,
    on_call boolean NOT NULL DEFAULT true,
    PRIMARY KEY (shift_id, doctor_id)
);
