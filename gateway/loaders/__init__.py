"""One DataLoader for each question, made new for each request, which gathers the keys of one tick."""
