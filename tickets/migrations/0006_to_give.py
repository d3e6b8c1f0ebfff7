"""An index of what waits for a person, so that looking for it costs nothing where nothing waits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See above."""

    dependencies = [("tickets", "0005_lists")]
    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["new", "open", "waiting", "third_party"]),
                    ("assignee", None),
                    ("serving_house", None),
                ),
                fields=["vendor", "team"],
                name="tickets_to_give",
            ),
        ),
    ]
