CREATE TABLE orders (
    id integer PRIMARY KEY,
    total_cents integer NOT NULL CHECK (total_cents > 0),
    placed_at timestamp NOT NULL
);

-- An order with a charge_id here is paid: the warehouse packs it, the books count it.
-- One row for each order. It is there before the card is charged.
CREATE TABLE payments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id integer NOT NULL UNIQUE REFERENCES orders (id),
    card text NOT NULL,
    amount_cents integer NOT NULL,
    charge_id text,
    created_at timestamp NOT NULL DEFAULT now()
);
