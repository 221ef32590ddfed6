"""Column types that hold and compare the same on PostgreSQL and on SQLite (docs/decisions.md, 3)."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CheckConstraint, Q
from django.utils.functional import cached_property


class StrictCharField(models.CharField):
    """Text of at most `max_length` characters, without NUL, compared by code point.

    PostgreSQL refuses over-long text and NUL by itself but sorts by the cluster's locale: it gets the collation "C".
    SQLite sorts by bytes but accepts anything: it gets CHECKs.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        column = connection.ops.quote_name(str(self.column))
        if connection.vendor == "sqlite":
            parameters["check"] = (
                f"(length({column}) <= {self.max_length} AND instr({column}, char(0)) = 0"
                f" AND typeof({column}) IN ('text', 'null'))"
            )
        elif connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class CodeField(StrictCharField):
    """A public code: what callers name a thing by, unique and never reused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 80)
        kwargs.setdefault("unique", True)
        super().__init__(*args, **kwargs)


class WholeNumberField(models.PositiveIntegerField):
    """A whole number from 0 to 2³¹ - 1 on either store: SQLite by itself would hold more, or text."""

    MOST = 2_147_483_647

    @cached_property
    def validators(self) -> list[Any]:
        given: list[Any] = self._validators  # type: ignore[attr-defined]
        return [*self.default_validators, *given, MinValueValidator(0), MaxValueValidator(self.MOST)]

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "sqlite":
            column = connection.ops.quote_name(str(self.column))
            parameters["check"] = f"({column} BETWEEN 0 AND {self.MOST} AND typeof({column}) IN ('integer', 'null'))"
        return parameters


def choice_check(field: str, choices: type[models.TextChoices], name: str, *, blank: bool = False) -> CheckConstraint:
    """The database's own copy of a list of choices, so that no other path can store a value outside of it."""
    allowed = [*choices.values, ""] if blank else list(choices.values)
    return CheckConstraint(condition=Q(**{f"{field}__in": allowed}), name=name)
