"""The base of every Celery task that touches tenants."""

from contextlib import AbstractContextManager
from typing import Any

from celery import Task

from kernel.tenancy.scope import Scope, enter


class TenantTask(Task):  # type: ignore[type-arg]  # generic only in its stubs
    """A task for one vendor: takes `vendor_id` by name and opens its scopes through `self.scope`, one transaction each."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task; a missing `vendor_id` is an error of the caller."""
        if not isinstance(kwargs.get("vendor_id"), int):
            raise TypeError(f"{self.name} needs vendor_id=…")
        return super().__call__(*args, **kwargs)

    def scope(self, vendor_id: int) -> AbstractContextManager[Scope]:
        """A transaction in the scope of `vendor_id`, unrestricted within it."""
        return enter(Scope.of(vendor_id))
