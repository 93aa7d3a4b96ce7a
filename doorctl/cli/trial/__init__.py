"""Commands that show and try: the demo, simulated readers, notes on the wire."""
