"""Timelines tell why they can't be folded; calendar versions grow by parts."""

import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    """Stored calendars were made for years up to eight ahead of 2026."""

    dependencies = [("sla", "0001_initial"), ("tenancy", "0001_initial")]

    operations = [
        migrations.AddField("timeline", "trouble", models.CharField(blank=True, default="", max_length=300), False),
        migrations.AlterField("timeline", "trouble", models.CharField(blank=True, max_length=300)),
        migrations.AddIndex(
            "timeline",
            models.Index(condition=models.Q(("trouble", ""), _negated=True), fields=["vendor"], name="sla_trouble"),
        ),
        migrations.AddField("calendarversion", "part", models.PositiveIntegerField(default=1)),
        migrations.AddField("calendarversion", "policy_number", models.PositiveIntegerField(default=1), False),
        migrations.AddField(
            "calendarversion", "last_day", models.DateField(default=datetime.date(2034, 12, 31)), False
        ),
        migrations.RemoveConstraint("calendarversion", "sla_calendar_number"),
        migrations.AddConstraint(
            "calendarversion",
            models.UniqueConstraint(fields=("vendor", "key", "number", "part"), name="sla_calendar_number"),
        ),
    ]
