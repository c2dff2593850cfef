INSERT INTO shifts (id, night) VALUES
    (1, 'night of 1 March'), (2, 'night of 2 March'), (3, 'night of 3 March'), (4, 'night of 4 March'),
    (5, 'night of 5 March'), (6, 'night of 6 March'), (7, 'night of 7 March'), (8, 'night of 8 March'),
    (9, 'night of 9 March'), (10, 'night of 10 March'), (11, 'night of 11 March'), (12, 'night of 12 March'),
    (13, 'night of 13 March'), (14, 'night of 14 March'), (15, 'night of 15 March'), (16, 'night of 16 March'),
    (17, 'night of 17 March'), (18, 'night of 18 March'), (19, 'night of 19 March'), (20, 'night of 20 March');

-- Two doctors a night.
INSERT INTO duties (shift_id, doctor_id) VALUES
    (1, 1), (1, 2), (2, 3), (2, 4), (3, 5), (3, 6), (4, 7), (4, 8),
    (5, 9), (5, 10), (6, 11), (6, 12), (7, 13), (7, 14), (8, 15), (8, 16),
    (9, 17), (9, 18), (10, 19), (10, 20), (11, 21), (11, 22), (12, 23), (12, 24),
    (13, 25), (13, 26), (14, 27), (14, 28), (15, 29), (15, 30), (16, 31), (16, 32),
    (17, 33), (17, 34), (18, 35), (18, 36), (19, 37), (19, 38), (20, 39), (20, 40);
