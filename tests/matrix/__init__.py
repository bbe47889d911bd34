"""Every row of every provider's error matrix, and every form to accept or to refuse, asked of a gateway over HTTP."""
