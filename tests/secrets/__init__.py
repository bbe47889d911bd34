"""A canary in every setting that may hold a secret, and every error path driven: none may be seen anywhere."""
