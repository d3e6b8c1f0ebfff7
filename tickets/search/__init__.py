"""Searching the queue: the language people type (`language`), and what it means for a reader (`meaning`)."""
