CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, stock integer NOT NULL DEFAULT 1);
CREATE TABLE sales (id serial PRIMARY KEY, item_id integer REFERENCES items (id), card text NOT NULL);
