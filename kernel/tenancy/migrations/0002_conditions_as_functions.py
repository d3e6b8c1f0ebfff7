"""Policies that ask other tables do it in functions from now on: those of the tables that are there are made anew."""

from django.apps import apps as real
from django.db import migrations

from kernel.tenancy.constraints import RowLevelSecurity


def remake(apps, schema_editor):
    """A new database has no tables yet, and makes its policies so at once."""
    there = set(schema_editor.connection.introspection.table_names())
    for model in real.get_models():
        if model._meta.db_table in there:
            for constraint in model._meta.constraints:
                if isinstance(constraint, RowLevelSecurity) and "EXISTS" in constraint.within + constraint.reading:
                    schema_editor.execute(constraint.remove_sql(model, schema_editor))
                    schema_editor.execute(constraint.create_sql(model, schema_editor))


class Migration(migrations.Migration):
    """Changes how policies are written down, not what they let through."""

    dependencies = [("tenancy", "0001_initial")]
    operations = [migrations.RunPython(remake, migrations.RunPython.noop)]
