"""Payloads made up by the vendors' own schemas, whole and spoilt: figures come out exactly, or not at all."""
