"""The walls between tenants, in ORM and database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from kernel.tenancy.models import TenantModel
from kernel.tenancy.scope import NoScope, Scope, enter
from tests.world import World
from vendors.models import InstalledItem, Organisation, Person, Site

# Tables without a vendor, and why they need no policy.
EXEMPT = {
    "tenancy_tenant": "the keys of the vendors and nothing else; workers must know for whom to enter a scope",
    "vendors_user": "a login is global; what it may see are the people that it is",
    "vendors_accesstoken": "asked for before any scope exists; holds a hash and a login's key",
    "mfa_authenticator": "second factors of logins, which are global; secrets lie encrypted in it",
    "vendors_loginletter": "mail about a login, which is global; gone once it is sent, and without a secret",
    "vendors_signup": "who asks to sign up is nobody's yet; a worker forgets it as soon as it is answered by mail",
    "tickets_searchdocument": "the application has no right on it; two functions of the owner apply the scope (ADR 0010)",
    "tickets_articledocument": "as above",
    "django_session": "a random key and a login's key",
    "django_migrations": "names of migrations; the app may only read",
    "django_content_type": "names of models",
    "auth_permission": "names of permissions; not used",
    "auth_group": "not used",
    "auth_group_permissions": "not used",
    "account_emailaddress": "mail addresses of logins, which are global",
    "account_emailconfirmation": "as above",
    "socialaccount_socialaccount": "not used: links are the vendors' own rows (ADR 0013)",
    "socialaccount_socialapp": "as above",
    "socialaccount_socialtoken": "as above",
    "usersessions_usersession": "where a login is signed in; logins are global",
}


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _tenant_tables() -> Iterator[str]:
    return (model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel))


def test_every_table_has_vendor_and_forced_policy_or_a_written_exemption(db: None) -> None:
    secured = {
        name: bool(forced)
        for name, forced in _rows(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS"
            " (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polwithcheck IS NOT NULL)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm')"
        )
    }
    with_vendor = {
        name
        for (name,) in _rows(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'vendor_id'"
        )
    }
    open_tables = {name for name, forced in secured.items() if not forced or name not in with_vendor}
    assert open_tables == set(EXEMPT)


def test_every_reference_between_tenant_tables_carries_the_vendor(db: None) -> None:
    held = {
        (table, column)
        for table, column in _rows(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]"
            " WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 2"
        )
    }
    needed = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        for field in model._meta.local_fields
        if field.is_relation and issubclass(field.related_model, TenantModel)  # type: ignore[arg-type]
    }
    assert needed
    assert needed <= held


def test_without_a_scope_the_orm_raises(db: None) -> None:
    with pytest.raises(NoScope):
        Person.objects.count()


def test_without_a_scope_the_database_shows_nothing(world: World) -> None:
    for table in _tenant_tables():
        assert _rows(f"SELECT count(*) FROM {table}") == [(0,)], table


def test_a_scope_shows_its_vendor_only(world: World) -> None:
    with enter(world.mastercam.scope()):
        assert _rows("SELECT count(*) FROM vendors_person")[0][0]
        for table in _tenant_tables():
            foreign = f"SELECT count(*) FROM {table} WHERE vendor_id <> {world.mastercam.id}"
            assert _rows(foreign) == [(0,)], table


def test_after_a_scope_inside_a_transaction_nothing_is_left_open(world: World) -> None:
    with enter(world.mastercam.scope()):
        with enter(world.optocraft.scope()):
            assert _rows("SELECT DISTINCT vendor_id FROM vendors_person") == [(world.optocraft.id,)]
        assert _rows("SELECT DISTINCT vendor_id FROM vendors_person") == [(world.mastercam.id,)]
    assert _rows("SELECT count(*) FROM vendors_person") == [(0,)]


def test_a_row_cannot_be_written_for_another_vendor(world: World) -> None:
    with enter(world.mastercam.scope()), pytest.raises(Exception, match="row-level security"), transaction.atomic():
        Organisation.objects.create(vendor_id=world.optocraft.id, kind="customer", name="Smuggled")


def test_a_row_cannot_point_into_another_vendor(world: World) -> None:
    with enter(world.mastercam.scope()):
        Site.objects.create(organisation_id=world.optocraft.customer.pk, name="Smuggled", country="DE")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)  # else the smuggled row is complained of again


def test_a_customers_scope_shows_only_his_own_house(world: World) -> None:
    house = world.mastercam
    with enter(Scope.of(house.id, house.customer.pk)):
        assert set(InstalledItem.objects.values_list("number", flat=True)) == {"N-1001"}
        assert not Person.objects.filter(organisation=house.other_customer).exists()


def test_audit_clock_events_and_versions_can_only_be_added_to(world: World) -> None:
    with enter(world.mastercam.scope()):
        for table in ("audit_auditentry", "sla_clockevent", "sla_policyversion", "sla_calendarversion"):
            for statement in (f"UPDATE {table} SET vendor_id = vendor_id", f"DELETE FROM {table}"):
                with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                    _rows(statement)
