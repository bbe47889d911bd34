"""What a person sees who opens the gateway in a browser."""
