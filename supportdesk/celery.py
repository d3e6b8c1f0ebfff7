"""The Celery application: workers run the one loop, beat only wakes it."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")

app = Celery("supportdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _refuse_wrong_role(**_: object) -> None:
    from kernel.tenancy.role import require_app_role

    require_app_role()
