"""Composition root: settings, addresses, Celery and the web server's entry."""

from supportdesk.celery import app as celery_app

__all__ = ["celery_app"]
