"""The rules of doors: pure functions and values, without clock, input, output or chance."""
