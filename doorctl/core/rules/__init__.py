"""Rules that may deny, a module for each family of them; `decision.py` beside puts them in order."""
