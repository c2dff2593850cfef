CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text NOT NULL
);

-- customer_id is NULL for a guest checkout.
CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer_id integer REFERENCES customers (id),
    placed_at timestamp NOT NULL,
    total_cents integer NOT NULL
);
