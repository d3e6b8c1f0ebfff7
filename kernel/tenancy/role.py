"""The application runs as a role that row-level security binds; otherwise it does not run."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

_WHO = """
SELECT current_user, rolsuper, rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class WHERE relname = 'tenancy_tenant' AND pg_has_role(relowner, 'USAGE'))
FROM pg_roles WHERE rolname = current_user
"""


def require_app_role() -> None:
    """Raise ImproperlyConfigured if the connection is a superuser's, bypasses row-level security or owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute(_WHO)
        name, superuser, bypasses, owner = cursor.fetchone()
    connection.close()
    if superuser or bypasses or owner:
        kind = "a superuser" if superuser else "allowed to bypass row-level security" if bypasses else "the owner"
        raise ImproperlyConfigured(
            f"The database role {name!r} is {kind}. Let DATABASE_URL name the application's own role"
            " (no superuser, no BYPASSRLS, not the owner of the tables)."
        )
