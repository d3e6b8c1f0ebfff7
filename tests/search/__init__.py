"""Searching the queue."""
