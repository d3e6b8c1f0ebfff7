"""The audit's proof (ADR 0011): seals, and the keys of entries that await one, which a trigger writes down."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import kernel.tenancy.constraints

AWAIT = """
CREATE FUNCTION audit_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.audit_unsealed (vendor_id, id) SELECT vendor_id, id FROM written;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_await_seal AFTER INSERT ON audit_auditentry REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION audit_await_seal();
-- What was written before there were seals is sealed as it stands. The policies bind the owner too.
ALTER TABLE audit_auditentry NO FORCE ROW LEVEL SECURITY;
INSERT INTO audit_unsealed (vendor_id, id) SELECT vendor_id, id FROM audit_auditentry;
ALTER TABLE audit_auditentry FORCE ROW LEVEL SECURITY;
"""
FORGET = "DROP TRIGGER audit_await_seal ON audit_auditentry; DROP FUNCTION audit_await_seal();"


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("tenancy", "0002_conditions_as_functions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("entries", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("digests", models.BinaryField()),
                ("previous", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "vendor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("vendor", "number"), name="audit_one_chain_a_vendor"),
                    kernel.tenancy.constraints.RowLevelSecurity(name="audit_seal_rls", within="false"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unsealed",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "vendor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    kernel.tenancy.constraints.RowLevelSecurity(name="audit_unsealed_rls", reading="false")
                ],
            },
        ),
        migrations.RunSQL(AWAIT, FORGET),
    ]
