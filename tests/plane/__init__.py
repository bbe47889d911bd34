"""The upstream plane: deadlines, retries, budgets, circuits and hosts, each by itself and all of them together."""
