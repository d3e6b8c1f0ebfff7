"""Addresses of all doors."""

urlpatterns: list[object] = []
