"""The staff's door: queue and ticket pages."""
