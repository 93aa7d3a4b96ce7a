"""Own PINs that holders have set at readers: taken out of the records that bring them, and put into the policy."""
