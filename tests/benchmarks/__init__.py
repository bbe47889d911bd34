"""The benchmarks' own parts, where a wrong one would tell a wrong figure."""
