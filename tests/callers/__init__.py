"""Tests of who may ask: keys, an issuer's tokens, scopes and budgets."""
