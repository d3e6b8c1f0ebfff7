"""The registry of tenant keys, and the functions through which policies read the scope."""

from django.db import migrations, models

# current_setting(…, true) is NULL before the first SET LOCAL of a connection and '' after its transaction: both mean none.
FUNCTIONS = """
CREATE FUNCTION tenancy_vendors() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(nullif(current_setting('app.vendors', true), ''), ',')::bigint[] $$;
CREATE FUNCTION tenancy_open() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(nullif(current_setting('app.open', true), ''), ',')::bigint[] $$;
CREATE FUNCTION tenancy_organisations() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(nullif(current_setting('app.organisations', true), ''), ',')::bigint[] $$;
CREATE FUNCTION tenancy_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.user', true), '')::bigint $$;
"""
DROP = """
DROP FUNCTION tenancy_vendors(); DROP FUNCTION tenancy_open();
DROP FUNCTION tenancy_organisations(); DROP FUNCTION tenancy_user();
"""


class Migration(migrations.Migration):
    """First of all migrations: every tenant table depends on it."""

    initial = True
    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.CreateModel(
            name="Tenant",
            fields=[("id", models.BigAutoField(primary_key=True, serialize=False))],
        ),
    ]
