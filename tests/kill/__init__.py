"""What is left after processes were killed at random moments: `make test-kill` kills hundreds of times, `make test` a few."""
