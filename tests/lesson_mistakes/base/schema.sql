CREATE TABLE shops (id integer PRIMARY KEY, city text NOT NULL);
CREATE TABLE items (id integer PRIMARY KEY, shop_id integer REFERENCES shops (id));
