"""The managers' door."""
