"""Tests of the settings: where they come from, and how bad ones are refused."""
