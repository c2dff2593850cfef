INSERT INTO products (id, name, price_cents) VALUES
    (1, 'Desk lamp', 4900), (2, 'Bookshelf', 12900), (3, 'Wool rug', 8900), (4, 'Tea pot', 3400);
