"""Row-level security and composite foreign keys as Django constraints, so that migrations carry them by themselves."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.constraints import BaseConstraint

# Sub-selects make PostgreSQL read the setting once a query instead of once a row.
VENDOR = "vendor_id = ANY ((SELECT tenancy_vendors())::bigint[])"
OPEN = "vendor_id = ANY ((SELECT tenancy_open())::bigint[])"
ORGANISATIONS = "(SELECT tenancy_organisations())::bigint[]"
_ASKS_OTHERS = "EXISTS"


class _DatabaseConstraint(BaseConstraint):
    """A constraint whose whole meaning is SQL; nothing to check in Python."""

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        # Part of CREATE TABLE it can't be: run it at the end of the migration.
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        raise NotImplementedError

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = None) -> None:
        """The database judges."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.deconstruct()[1:] == other.deconstruct()[1:]

    def __hash__(self) -> int:
        return hash((type(self), self.name))


class RowLevelSecurity(_DatabaseConstraint):
    """FORCE row-level security on a tenant table.

    Rows of the scope's vendors are let through; `within` narrows that for customers and partners (SQL, true for what an
    organisation may see; `{table}` is this table), `also` lets more through (SQL). `reading` limits what may be read, but not
    written; `writing` what they may insert, change or delete of it ("false": that is for the vendor's own staff).

    A condition that asks other tables becomes a function, which is called only for rows that are not open to the scope: the
    planner need not think about it at each statement, and for staff it never runs.
    """

    def __init__(self, *, name: str, within: str = "", also: str = "", reading: str = "", writing: str = "") -> None:
        super().__init__(name=name)
        self.within, self.also, self.reading, self.writing = within, also, reading, writing

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        table = schema_editor.quote_name(model._meta.db_table)
        functions = self._functions(schema_editor, model._meta.db_table)
        within, reading = functions.get("within", self.within), functions.get("reading", self.reading)
        within, reading = (text.replace("{table}", table) for text in (within, reading or within))
        check = f"({VENDOR}{self._narrowed(within)})"
        using = f"({VENDOR}{self._narrowed(reading)})"
        if self.also:
            using = f"({using} OR {self.also})"
        return (
            "".join(f"{self._function(schema_editor, model._meta.db_table, name)};" for name in functions)
            + f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
            f"CREATE POLICY tenancy ON {table} USING {using} WITH CHECK {check}"
            + "".join(f";{policy}" for policy in self._write_policies(table))
        )

    def _write_policies(self, table: str) -> list[str]:
        if not self.writing:
            return []
        rule = f"({VENDOR}{self._narrowed(self.writing.replace('{table}', table))})"
        return [
            f"CREATE POLICY tenancy_{what} ON {table} AS RESTRICTIVE FOR {what} {clause} {rule}"
            for what, clause in (("insert", "WITH CHECK"), ("update", "USING"), ("delete", "USING"))
        ]

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        table = schema_editor.quote_name(model._meta.db_table)
        names = ("tenancy", "tenancy_insert", "tenancy_update", "tenancy_delete")
        policies = ";".join(f"DROP POLICY IF EXISTS {name} ON {table}" for name in names)
        functions = (schema_editor.quote_name(f"{model._meta.db_table}_{name}") for name in ("within", "reading"))
        return policies + "".join(f";DROP FUNCTION IF EXISTS {function}({table})" for function in functions)

    def _functions(self, schema_editor: BaseDatabaseSchemaEditor, table: str) -> dict[str, str]:
        """Calls of the functions that the table needs, by the name of the condition."""
        conditions = {"within": self.within, "reading": self.reading}
        quote = schema_editor.quote_name
        return {
            name: f"{quote(f'{table}_{name}')}({quote(table)}.*)"
            for name, text in conditions.items()
            if _ASKS_OTHERS in text
        }

    def _function(self, schema_editor: BaseDatabaseSchemaEditor, table: str, name: str) -> str:
        """The function of a condition, as whoever asks: other tables' policies hold inside it."""
        quoted = schema_editor.quote_name(table)
        condition = getattr(self, name).replace("{table}", quoted)
        return (
            f"CREATE OR REPLACE FUNCTION {schema_editor.quote_name(f'{table}_{name}')}(one {quoted}) RETURNS boolean"  # nosec B608
            " LANGUAGE plpgsql STABLE PARALLEL SAFE COST 50 AS"
            f" $$ BEGIN RETURN (SELECT {condition} FROM (SELECT (one).*) {quoted}); END $$"
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        given = {"within": self.within, "also": self.also, "reading": self.reading, "writing": self.writing}
        return path, args, {**kwargs, **{key: value for key, value in given.items() if value}}

    @staticmethod
    def _narrowed(condition: str) -> str:
        return f" AND ({OPEN} OR ({condition}))" if condition else ""


class CompositeForeignKey(_DatabaseConstraint):
    """`(vendor, column)` references `(vendor, id)` of a tenant table, so that a row can't point into another tenant."""

    def __init__(self, *, name: str, column: str, to: str, on_delete: str = "") -> None:
        super().__init__(name=name)
        self.column, self.to, self.on_delete = column, to, on_delete

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        quote = schema_editor.quote_name
        action = f" ON DELETE {self.on_delete}" if self.on_delete else ""
        return (
            f"CREATE UNIQUE INDEX IF NOT EXISTS {quote(self.to + '_tenant')} ON {quote(self.to)} (vendor_id, id);"
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)}"
            f" FOREIGN KEY (vendor_id, {quote(self.column)}) REFERENCES {quote(self.to)} (vendor_id, id){action}"
            " DEFERRABLE INITIALLY DEFERRED"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"column": self.column, "to": self.to}
        return path, args, kwargs | ({"on_delete": self.on_delete} if self.on_delete else {})
