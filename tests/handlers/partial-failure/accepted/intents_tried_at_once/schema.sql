-- received is how many pieces the warehouse was given. It never changes.
CREATE TABLE items (
    id integer PRIMARY KEY,
    name text NOT NULL,
    price_cents integer NOT NULL,
    received integer NOT NULL,
    stock integer NOT NULL CHECK (stock >= 0)
);

-- The warehouse sends every confirmed order. card is the payment provider's token, not the number.
CREATE TABLE orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id integer NOT NULL REFERENCES items (id),
    card text NOT NULL,
    total_cents integer NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled')),
    created_at timestamp NOT NULL DEFAULT now()
);

CREATE TABLE payments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id integer NOT NULL REFERENCES orders (id),
    charge_id text NOT NULL,
    amount_cents integer NOT NULL
);

CREATE TABLE intents (
    order_id integer PRIMARY KEY REFERENCES orders (id),
    provider_key text NOT NULL UNIQUE,
    result text
);
