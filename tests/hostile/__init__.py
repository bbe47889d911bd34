"""Strangers who mean no good, each with a good caller beside them who must not notice."""
