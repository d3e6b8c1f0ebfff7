"""Customers and partners write no more than their services do; notes of hand-offs are no longer the customer's to read; and a ticket
is seen by whom it says and nobody else.
"""

import django.db.models.deletion
from django.db import migrations, models

import kernel.tenancy.constraints
import kernel.tenancy.models

# As the owner, whom the policies bind too.
_EVERYWHERE = """
SELECT set_config('app.vendors', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true),
       set_config('app.open', coalesce((SELECT string_agg(id::text, ',') FROM tenancy_tenant), ''), true);
"""
_NOWHERE = "SELECT set_config('app.vendors', '', true), set_config('app.open', '', true);"
# Whoever handed a ticket on that he does not follow was still let through until the next hand-off.
HOUSES = f"""
{_EVERYWHERE}
UPDATE tickets_ticket SET houses = ARRAY(
  SELECT DISTINCT one FROM unnest(customer_id || past_houses || array_remove(ARRAY[serving_house_id], NULL)) one ORDER BY one
) WHERE NOT houses <@ (customer_id || past_houses || array_remove(ARRAY[serving_house_id], NULL));
UPDATE sla_timeline t SET houses = k.houses FROM tickets_ticket k
WHERE k.vendor_id = t.vendor_id AND k.timeline_id = t.id AND t.houses <> k.houses;
{_NOWHERE}
"""  # nosec B608
NOTES = f"""
{_EVERYWHERE}
INSERT INTO tickets_handoffnote (vendor_id, hand_off_id, text) SELECT vendor_id, id, note FROM tickets_handoff WHERE note <> '';
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
{_NOWHERE}
"""  # nosec B608


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0002_limits"),
        ("tenancy", "0003_kept_by_vendor"),
        ("tickets", "0017_request_drafts"),
        ("vendors", "0004_joining"),
    ]

    operations = [
        migrations.RunSQL(HOUSES, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="HandOffNote",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.RemoveConstraint(
            model_name="announcementputaway",
            name="tickets_announcementputaway_rls",
        ),
        migrations.RemoveConstraint(
            model_name="attachment",
            name="tickets_attachment_rls",
        ),
        migrations.RemoveConstraint(
            model_name="cannedreply",
            name="tickets_cannedreply_rls",
        ),
        migrations.RemoveConstraint(
            model_name="checklistitem",
            name="tickets_checklistitem_rls",
        ),
        migrations.RemoveConstraint(
            model_name="escalationrequest",
            name="tickets_escalationrequest_rls",
        ),
        migrations.RemoveConstraint(
            model_name="handoff",
            name="tickets_handoff_rls",
        ),
        migrations.RemoveConstraint(
            model_name="message",
            name="tickets_message_rls",
        ),
        migrations.RemoveConstraint(
            model_name="notification",
            name="tickets_notification_rls",
        ),
        migrations.RemoveConstraint(
            model_name="savedview",
            name="tickets_savedview_rls",
        ),
        migrations.RemoveConstraint(
            model_name="selfhelpsolution",
            name="tickets_selfhelpsolution_rls",
        ),
        migrations.RemoveConstraint(
            model_name="ticket",
            name="tickets_ticket_rls",
        ),
        migrations.RemoveConstraint(
            model_name="ticketlink",
            name="tickets_ticketlink_rls",
        ),
        migrations.RemoveConstraint(
            model_name="ticketrating",
            name="tickets_ticketrating_rls",
        ),
        migrations.RemoveConstraint(
            model_name="tickettag",
            name="tickets_tickettag_rls",
        ),
        migrations.RemoveConstraint(
            model_name="undo",
            name="tickets_undo_rls",
        ),
        migrations.RemoveConstraint(
            model_name="watcher",
            name="tickets_watcher_rls",
        ),
        migrations.AddConstraint(
            model_name="announcementputaway",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_announcementputaway_rls",
                within="EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.person_id AND p.user_id = (SELECT tenancy_user())) AND EXISTS (SELECT 1 FROM tickets_announcement parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.announcement_id)",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                deleting="message_id IS NULL AND organisation_id = ANY ((SELECT tenancy_organisations())::bigint[])",
                inserting="organisation_id = ANY ((SELECT tenancy_organisations())::bigint[])",
                name="tickets_attachment_rls",
                updating=(
                    "message_id IS NULL AND organisation_id = ANY ((SELECT tenancy_organisations())::bigint[])",
                    "organisation_id = ANY ((SELECT tenancy_organisations())::bigint[])",
                ),
                within="(message_id IS NOT NULL AND EXISTS (SELECT 1 FROM tickets_message parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.message_id)) OR (message_id IS NULL AND organisation_id = ANY ((SELECT tenancy_organisations())::bigint[]))",
            ),
        ),
        migrations.AddConstraint(
            model_name="cannedreply",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_cannedreply_rls",
                within="house_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND EXISTS (SELECT 1 FROM vendors_organisation o WHERE o.vendor_id = {table}.vendor_id AND o.id = {table}.house_id AND o.kind <> 'customer')",
            ),
        ),
        migrations.AddConstraint(
            model_name="checklistitem",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_checklistitem_rls",
                within="house_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id AND parent.customer_id <> {table}.house_id)",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationrequest",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                inserting="state = 'open' AND answer = '' AND EXISTS (SELECT 1 FROM tickets_ticket t JOIN vendors_person p ON p.vendor_id = t.vendor_id AND p.organisation_id = t.customer_id WHERE t.vendor_id = {table}.vendor_id AND t.id = {table}.ticket_id AND p.id = {table}.requester_id)",
                name="tickets_escalationrequest_rls",
                within="EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id)",
                writing="false",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_handoff_rls",
                within="EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id)",
                writing="false",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                deleting="false",
                inserting="(NOT by_staff AND visibility = 'public' AND house_id IS NULL AND EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.author_id AND p.organisation_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND p.role <> 'partner_agent')) OR (by_staff AND EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.author_id AND p.organisation_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND p.role = 'partner_agent' AND p.organisation_id = {table}.house_id))",
                name="tickets_message_rls",
                updating="(NOT by_staff AND visibility = 'public' AND house_id IS NULL AND EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.author_id AND p.organisation_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND p.role <> 'partner_agent')) OR (by_staff AND EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.author_id AND p.organisation_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND p.role = 'partner_agent' AND p.organisation_id = {table}.house_id))",
                within="(visibility = 'public' OR house_id = ANY ((SELECT tenancy_organisations())::bigint[]) OR (visibility = 'shared' AND shared_with && (SELECT tenancy_organisations())::bigint[])) AND retracted_at IS NULL AND EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id)",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=kernel.tenancy.constraints.KeptByVendor(
                columns=(
                    "ticket_id",
                    "author_id",
                    "house_id",
                    "visibility",
                    "shared_with",
                    "shared_with_vendor",
                    "by_staff",
                    "body",
                    "at",
                    "recorded_at",
                    "retracted_at",
                    "merged_from_id",
                ),
                name="tickets_message_kept",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_notification_rls",
                updating="EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.person_id AND p.user_id = (SELECT tenancy_user()))",
                within="EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.person_id AND p.user_id = (SELECT tenancy_user())) AND EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id)",
                writing="false",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_savedview_rls",
                within="house_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND EXISTS (SELECT 1 FROM vendors_organisation o WHERE o.vendor_id = {table}.vendor_id AND o.id = {table}.house_id AND o.kind <> 'customer')",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfhelpsolution",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_selfhelpsolution_rls",
                updating="false",
                within="organisation_id = ANY ((SELECT tenancy_organisations())::bigint[])",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                deleting="false",
                inserting="customer_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND past_houses = '{}' AND EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.requester_id AND p.organisation_id = {table}.customer_id)",
                name="tickets_ticket_rls",
                within="houses && (SELECT tenancy_organisations())::bigint[]",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=kernel.tenancy.constraints.KeptByVendor(
                columns=(
                    "houses",
                    "customer_id",
                    "serving_house_id",
                    "past_houses",
                    "number",
                    "timeline_id",
                    "requester_id",
                    "created_at",
                ),
                name="tickets_ticket_kept",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=kernel.tenancy.constraints.RowCheck(
                condition="houses @> (customer_id || past_houses || array_remove(ARRAY[serving_house_id], NULL)) AND houses <@ (customer_id || past_houses || array_remove(ARRAY[serving_house_id], NULL))",
                name="tickets_ticket_houses",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketlink",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_ticketlink_rls",
                within="EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id) AND EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.other_id)",
                writing="EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id AND parent.serving_house_id = ANY ((SELECT tenancy_organisations())::bigint[])) OR EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.other_id AND parent.serving_house_id = ANY ((SELECT tenancy_organisations())::bigint[]))",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketrating",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                deleting="false",
                name="tickets_ticketrating_rls",
                within="EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id)",
                writing="EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.person_id AND p.organisation_id = ANY ((SELECT tenancy_organisations())::bigint[])) AND EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id AND parent.customer_id = ANY ((SELECT tenancy_organisations())::bigint[]))",
            ),
        ),
        migrations.AddConstraint(
            model_name="tickettag",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_tickettag_rls",
                within="house_id = ANY ((SELECT tenancy_organisations())::bigint[]) AND EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id AND parent.customer_id <> {table}.house_id)",
            ),
        ),
        migrations.AddConstraint(
            model_name="undo",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_undo_rls",
                within="EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {table}.vendor_id AND p.id = {table}.person_id AND p.user_id = (SELECT tenancy_user()) AND p.role = 'partner_agent') AND EXISTS (SELECT 1 FROM tickets_ticket parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.ticket_id)",
            ),
        ),
        migrations.AddConstraint(
            model_name="watcher",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_watcher_rls",
                updating="false",
                within="EXISTS (SELECT 1 FROM tickets_ticket t JOIN vendors_person p ON p.vendor_id = t.vendor_id WHERE t.vendor_id = {table}.vendor_id AND t.id = {table}.ticket_id AND p.id = {table}.person_id AND (p.organisation_id = t.customer_id OR p.organisation_id = ANY ((SELECT tenancy_organisations())::bigint[])))",
            ),
        ),
        migrations.AddField(
            model_name="handoffnote",
            name="hand_off",
            field=kernel.tenancy.models.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notes",
                to="tickets.handoff",
            ),
        ),
        migrations.AddField(
            model_name="handoffnote",
            name="vendor",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoffnote",
            constraint=kernel.tenancy.constraints.RowLevelSecurity(
                name="tickets_handoffnote_rls",
                within="EXISTS (SELECT 1 FROM tickets_handoff parent WHERE parent.vendor_id = {table}.vendor_id AND parent.id = {table}.hand_off_id AND (parent.from_house_id = ANY ((SELECT tenancy_organisations())::bigint[]) OR parent.to_house_id = ANY ((SELECT tenancy_organisations())::bigint[])))",
                writing="false",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoffnote",
            constraint=models.UniqueConstraint(fields=("vendor", "hand_off"), name="tickets_one_note_a_hand_off"),
        ),
        migrations.AddConstraint(
            model_name="handoffnote",
            constraint=kernel.tenancy.constraints.CompositeForeignKey(
                column="hand_off_id", name="tickets_handoffnote_hand_off_id_fk", to="tickets_handoff"
            ),
        ),
        migrations.RunSQL(NOTES, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="handoff",
            name="note",
        ),
    ]
