-- Prices are whole cents.
CREATE TABLE products (
    id integer PRIMARY KEY,
    name text NOT NULL,
    price_cents integer NOT NULL
);

CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer text NOT NULL
);

CREATE TABLE order_lines (
    order_id integer PRIMARY KEY REFERENCES orders (id),
    product_id integer NOT NULL REFERENCES products (id),
    quantity integer NOT NULL,
    total_cents integer NOT NULL
);
