"""Two callers with credentials of their own: neither ever sees, waits for or pays for what is the other's."""
