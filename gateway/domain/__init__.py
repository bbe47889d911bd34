"""What a balance is, whoever reports it: amounts, addresses, readings and the protocols a provider serves."""
