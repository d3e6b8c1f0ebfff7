"""Second factors and passkeys (django-allauth's) in our words and pages, and the rule that staff needs one (ADR 0012)."""
