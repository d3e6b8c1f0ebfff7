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
    written; `writing` what they may insert, change or delete of it ("false": that is for the vendor's own staff), `inserting`,
    `updating` and `deleting` say so for one of these ("updating" as a pair: of the row as it was, and as it becomes).

    A condition that asks other tables becomes a function, which is called only for rows that are not open to the scope: the
    planner need not think about it at each statement, and for staff it never runs.
    """

    def __init__(
        self,
        *,
        name: str,
        within: str = "",
        also: str = "",
        reading: str = "",
        writing: str = "",
        inserting: str = "",
        updating: str | tuple[str, str] = "",
        deleting: str = "",
    ) -> None:
        super().__init__(name=name)
        self.within, self.also, self.reading, self.writing = within, also, reading, writing
        self.inserting, self.updating, self.deleting = inserting, updating, deleting

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        quote = schema_editor.quote_name
        table, conditions = quote(model._meta.db_table), self._conditions()
        asking = {name: text for name, text in conditions.items() if _ASKS_OTHERS in text}
        made = {name: quote(f"{model._meta.db_table}_{name}") for name in asking}
        called = {name: f"{function}({table}.*)" for name, function in made.items()}
        rule = {
            name: f"({VENDOR}{self._narrowed(called.get(name, text.replace('{table}', table)))})"
            for name, text in conditions.items()
        }
        check = rule["within"]
        using = f"({rule['reading']} OR {self.also})" if self.also else rule["reading"]
        return ";".join(
            [
                *(self._function(table, made[name], text.replace("{table}", table)) for name, text in asking.items()),
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY tenancy ON {table} USING {using} WITH CHECK {check}",
                *self._write_policies(table, rule),
            ]
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        table = schema_editor.quote_name(model._meta.db_table)
        names = ("tenancy", "tenancy_insert", "tenancy_update", "tenancy_delete")
        policies = ";".join(f"DROP POLICY IF EXISTS {name} ON {table}" for name in names)
        functions = (schema_editor.quote_name(f"{model._meta.db_table}_{name}") for name in self._conditions())
        return policies + "".join(f";DROP FUNCTION IF EXISTS {function}({table})" for function in functions)

    def _conditions(self) -> dict[str, str]:
        """What narrows it for customers and partners, by name; empty: nothing does."""
        was, becomes = self.updating if isinstance(self.updating, tuple) else (self.updating, self.updating)
        return {
            "within": self.within,
            "reading": self.reading or self.within,
            "inserting": self.inserting or self.writing,
            "updating": was or self.writing,
            "becoming": becomes or self.writing,
            "deleting": self.deleting or self.writing,
        }

    def _write_policies(self, table: str, rule: dict[str, str]) -> list[str]:
        clauses = {
            "insert": (("WITH CHECK", "inserting"),),
            "update": (("USING", "updating"), ("WITH CHECK", "becoming")),
            "delete": (("USING", "deleting"),),
        }
        conditions = self._conditions()
        return [
            f"CREATE POLICY tenancy_{what} ON {table} AS RESTRICTIVE FOR {what} "
            + " ".join(f"{clause} {rule[name]}" for clause, name in needed)
            for what, needed in clauses.items()
            if any(conditions[name] for _, name in needed)
        ]

    @staticmethod
    def _function(table: str, name: str, condition: str) -> str:
        """The function of a condition, as whoever asks: other tables' policies hold inside it."""
        return (
            f"CREATE OR REPLACE FUNCTION {name}(one {table}) RETURNS boolean"  # nosec B608
            " LANGUAGE plpgsql STABLE PARALLEL SAFE COST 50 AS"
            f" $$ BEGIN RETURN (SELECT {condition} FROM (SELECT (one).*) {table}); END $$"
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        names = ("within", "also", "reading", "writing", "inserting", "updating", "deleting")
        given = {name: getattr(self, name) for name in names}
        return path, args, {**kwargs, **{key: value for key, value in given.items() if value}}

    @staticmethod
    def _narrowed(condition: str) -> str:
        return f" AND ({OPEN} OR ({condition}))" if condition else ""


class KeptByVendor(_DatabaseConstraint):
    """Columns that stay as they are where customers and partners change a row: policies see it before or after, never both."""

    def __init__(self, *, name: str, columns: Sequence[str]) -> None:
        super().__init__(name=name)
        self.columns = tuple(columns)

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        quote = schema_editor.quote_name
        changed = " OR ".join(f"OLD.{quote(column)} IS DISTINCT FROM NEW.{quote(column)}" for column in self.columns)
        return (
            f"CREATE TRIGGER {quote(self.name)} BEFORE UPDATE ON {quote(model._meta.db_table)}"
            f" FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION tenancy_keep()"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        quote = schema_editor.quote_name
        return f"DROP TRIGGER {quote(self.name)} ON {quote(model._meta.db_table)}"

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "columns": self.columns}


class RowCheck(_DatabaseConstraint):
    """A CHECK whose condition (SQL) Django's expressions don't know."""

    def __init__(self, *, name: str, condition: str) -> None:
        super().__init__(name=name)
        self.condition = condition

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} CHECK ({self.condition})"

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:  # type: ignore[override]
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "condition": self.condition}


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
