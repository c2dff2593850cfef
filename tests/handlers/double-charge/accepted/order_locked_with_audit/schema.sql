CREATE TABLE orders (
    id integer PRIMARY KEY,
    total_cents integer NOT NULL CHECK (total_cents > 0),
    placed_at timestamp NOT NULL
);

-- An order with a charge_id here is paid: the warehouse packs it, the books count it.
CREATE TABLE payments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id integer NOT NULL REFERENCES orders (id),
    card text NOT NULL,
    amount_cents integer NOT NULL,
    charge_id text,
    created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE audit (id serial PRIMARY KEY, at timestamp DEFAULT now(), what text);
CREATE INDEX payments_of_order ON payments (order_id);
