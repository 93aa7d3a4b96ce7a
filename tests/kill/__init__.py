"""What is left after processes were killed at random: `make test-kill` kills 10,600 times, `make test` 126."""
