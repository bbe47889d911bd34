"""Laws of amounts, addresses, names and readings, held against oracles of their own."""
