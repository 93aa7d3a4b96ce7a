"""What is left after processes were killed at random moments: `make test-kill` kills 600 times, `make test` 26."""
