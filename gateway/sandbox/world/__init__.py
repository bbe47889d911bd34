"""The imaginary world at its beginning: small, and with something odd in every corner."""
