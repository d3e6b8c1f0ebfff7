"""The commands in bin/: environment, embedded servers, roles, processes.

`commands` parses and runs; `place` says where run-time data lies; `environment` makes .venv; `servers` keeps
PostgreSQL (`postgres`) and the Redis-compatible server (`valkey`) up while anybody needs them; `roles` makes the
database's two roles; `settings` decides what the application finds in its environment; `supervisor` runs the
processes. Only the standard library is imported at the top of a module: everything else comes after .venv exists.
"""
