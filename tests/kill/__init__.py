"""What is left after processes were killed at random moments: `make test-kill` kills 300 times, `make test` 20."""
