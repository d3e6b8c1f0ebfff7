"""Sign-in by an organisation's OpenID provider: django-allauth's flow with our checks, and limited sessions (ADR 0013)."""
