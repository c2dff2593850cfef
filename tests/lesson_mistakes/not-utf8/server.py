# ok
name = "ÿ"
