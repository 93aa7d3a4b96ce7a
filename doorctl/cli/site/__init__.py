"""Commands about a whole site: its file, its beginning, its state, its copies."""
