"""Indexes for the counts of views, each over the few active tickets that are in one."""

from django.db import migrations, models

_ACTIVE = models.Q(("state__in", ["new", "open", "waiting", "third_party"]))


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("tickets", "0006_to_give")]
    operations = [
        migrations.AddIndex("ticket", index)
        for index in (
            models.Index(fields=["vendor", "id"], name="tickets_breached", condition=_ACTIVE & models.Q(breached=True)),
            models.Index(
                fields=["vendor", "id"], name="tickets_assumed", condition=_ACTIVE & models.Q(zone_assumed=True)
            ),
            models.Index(
                fields=["vendor", "classification"],
                name="tickets_bugs",
                condition=_ACTIVE & models.Q(classification__in=["bug", "defect"]),
            ),
            models.Index(
                fields=["vendor", "entitlement"],
                name="tickets_unentitled",
                condition=_ACTIVE & models.Q(entitlement__in=["elsewhere", "not_owed"]),
            ),
            models.Index(fields=["vendor", "state_at"], name="tickets_waiting", condition=models.Q(state="waiting")),
        )
    ]
