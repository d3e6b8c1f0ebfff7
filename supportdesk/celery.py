"""The Celery application: workers run the one loop, beat only wakes it."""

import os
from contextlib import suppress

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")

app = Celery("supportdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


_NICE = 10  # pages go before sweeps and mail where there is not enough for both


@worker_init.connect
def _give_way(**_: object) -> None:
    with suppress(OSError):
        os.nice(_NICE)


@worker_init.connect
def _refuse_wrong_role(**_: object) -> None:
    from kernel.tenancy.role import require_app_role

    require_app_role()
