-- received: units that came into the warehouse. stock: units that are still for sale.
-- version: grows by one with every change of the row.
CREATE TABLE items (
    id integer PRIMARY KEY,
    name text NOT NULL,
    received integer NOT NULL,
    stock integer NOT NULL,
    version integer NOT NULL DEFAULT 1
);

CREATE TABLE orders (
    id serial PRIMARY KEY,
    item_id integer NOT NULL REFERENCES items (id),
    customer text NOT NULL,
    quantity integer NOT NULL
);
