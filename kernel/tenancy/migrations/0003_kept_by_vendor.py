"""What refuses customers and partners a change of columns that are the vendor's (KeptByVendor)."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION tenancy_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.vendor_id = ANY (tenancy_open()) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'row-level security: columns of % are kept by the vendor', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
"""


class Migration(migrations.Migration):
    """Before the triggers that call it."""

    dependencies = [("tenancy", "0002_conditions_as_functions")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION tenancy_keep()")]
