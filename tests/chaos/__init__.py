"""Every provider at its worst at once, and each figure shown checked against what was true."""
