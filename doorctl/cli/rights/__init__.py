"""Commands about who may enter where, and about what waits for a second admin; orders to doors."""
