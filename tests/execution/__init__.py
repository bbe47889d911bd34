"""Operations as they are compiled, held against the reference executor."""
