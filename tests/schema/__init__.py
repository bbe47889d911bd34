"""What the schema promises by itself: scalars, pages, choices, and words for everything in it."""
