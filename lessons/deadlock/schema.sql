-- Amounts are whole cents. opening: what somebody paid in. balance: what is there now.
CREATE TABLE accounts (
    id integer PRIMARY KEY,
    owner text NOT NULL,
    opening integer NOT NULL,
    balance integer NOT NULL
);

CREATE TABLE transfers (
    id serial PRIMARY KEY,
    from_id integer NOT NULL REFERENCES accounts (id),
    to_id integer NOT NULL REFERENCES accounts (id),
    amount integer NOT NULL
);
