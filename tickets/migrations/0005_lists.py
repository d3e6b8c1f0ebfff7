"""What lists repeat of a ticket, filled in for tickets that are there already."""

from django.db import migrations

_FILL = """
SELECT set_config('app.vendors', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true),
       set_config('app.open', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true);
UPDATE tickets_ticket t SET state_at = t.changed_at, listed_at = t.changed_at, due_at = l.due_at,
  breached = EXISTS (SELECT 1 FROM sla_clock c WHERE c.vendor_id = t.vendor_id AND c.timeline_id = t.timeline_id
                     AND c.promised AND c.breached_at IS NOT NULL AND c.status IN ('running', 'paused', 'lifted')),
  last_author_id = (SELECT m.author_id FROM tickets_message m WHERE m.vendor_id = t.vendor_id AND m.ticket_id = t.id
                    AND m.visibility = 'public' ORDER BY m.id DESC LIMIT 1)
FROM sla_timeline l WHERE l.vendor_id = t.vendor_id AND l.id = t.timeline_id;
SELECT set_config('app.vendors', '', true), set_config('app.open', '', true);
"""


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("tickets", "0004_desk"), ("sla", "0001_initial")]
    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
