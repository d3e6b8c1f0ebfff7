"""The app's role gets what each table's model says, and no more."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from kernel.tenancy.models import TenantModel


def grant_after_migrate(**_: Any) -> None:
    """After `migrate`, as the owner: grant the app's role its privileges, table by table."""
    role = connection.ops.quote_name(settings.DATABASE_APP_ROLE)
    tables = set(connection.introspection.table_names())
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT SELECT ON django_migrations TO {role}",
    ]
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in tables:
            allowed = getattr(model, "app_privileges", TenantModel.app_privileges)
            if not allowed:  # read and written through functions alone
                continue
            statements.append(f"GRANT {', '.join(allowed)} ON {connection.ops.quote_name(table)} TO {role}")
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements))
