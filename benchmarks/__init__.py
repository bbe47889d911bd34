"""Measurements of the gateway: ratios within one run, which travel between machines."""
