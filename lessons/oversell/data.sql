INSERT INTO items (id, name, received, stock) VALUES
    (1, 'Desk lamp', 1, 1),
    (2, 'Bookshelf', 12, 12),
    (3, 'Wool rug', 5, 5);
