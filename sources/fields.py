"""Column types that hold and compare the same on PostgreSQL and on SQLite (docs/decisions/0003)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CheckConstraint, Q
from django.db.models.fields.related_lookups import RelatedIsNull
from django.utils.functional import cached_property

from sources.stores import store
from sources.text import CODE, LINE, PHRASE, PROSE, TextKind

PROSE_LENGTH = 1000  # a text that may be as long as this may have several lines


class TextFormField(forms.CharField):
    """What is typed or pasted into a form, folded as a text of its kind; what is no text is refused."""

    def __init__(self, *, kind: TextKind, **kwargs: Any) -> None:
        super().__init__(strip=kind is not PHRASE, **kwargs)
        self.kind = kind

    def to_python(self, value: Any) -> Any:
        text = "" if value is None else str(value).replace("\r\n", "\n")  # browsers send every line end as two
        if message := self.kind.unfit(text):
            raise ValidationError(message, "unfit")
        return super().to_python(self.kind.folded(text))


class StrictCharField(models.CharField):
    """Text of at most `max_length` characters, of one line or several by its length, compared by code point.

    A CHECK of the column refuses what is no text (sources/text.py), on either store. PostgreSQL refuses over-long text and NUL
    by itself but sorts by the cluster's locale: it gets the collation "C". SQLite sorts by bytes but accepts anything: its CHECK
    is for length and type as well (`sources.stores`). A change of these rules takes a migration with
    `sources.operations.KeepTextRules`.
    """

    @property
    def kind(self) -> TextKind:
        """What people may bring into it."""
        return PROSE if (self.max_length or 0) >= PROSE_LENGTH else LINE

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if isinstance(value, str) and (message := self.kind.unfit(value)):
            raise ValidationError(message, "unfit")

    def formfield(self, **kwargs: Any) -> Any:
        if self.choices is not None:
            return super().formfield(**kwargs)
        return super().formfield(**{"form_class": TextFormField, "kind": self.kind, **kwargs})

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        column = connection.ops.quote_name(str(self.column))
        return parameters | store(connection).text_rules(column, self.kind, self.max_length)


class CodeField(StrictCharField):
    """A public code: what callers name a thing by, unique and never reused."""

    kind = CODE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 80)
        kwargs.setdefault("unique", True)
        super().__init__(*args, **kwargs)


class PhraseField(StrictCharField):
    """A phrase as its source has it, to the letter."""

    kind = PHRASE


class WholeNumberField(models.PositiveIntegerField):
    """A whole number from 0 to 2³¹ - 1 on either store: SQLite by itself would hold more, or text."""

    MOST = 2_147_483_647

    @cached_property
    def validators(self) -> list[Any]:
        given: list[Any] = self._validators  # type: ignore[attr-defined]
        return [*self.default_validators, *given, MinValueValidator(0), MaxValueValidator(self.MOST)]

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        column = connection.ops.quote_name(str(self.column))
        return parameters | store(connection).whole_number_rules(column, self.MOST)


def choice_check(field: str, choices: type[models.TextChoices], name: str, *, blank: bool = False) -> CheckConstraint:
    """The database's own copy of a list of choices, so that no other path can store a value outside of it."""
    allowed = [*choices.values, ""] if blank else list(choices.values)
    return CheckConstraint(condition=Q(**{f"{field}__in": allowed}), name=name)


@models.BigAutoField.register_lookup
class Among(models.Lookup):
    """`pk__among=keys`: that a record has one of these keys, however many, as one parameter."""

    lookup_name = "among"
    prepare_rhs = False
    once = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        comparison, keys = store(connection).among(self.rhs, once=self.once)
        return f"{column} {comparison}", (*parameters, keys)


@models.BigAutoField.register_lookup
class AmongAny(Among):
    """`pk__among_any=keys`: the same in a statement that is planned once for any keys."""

    lookup_name = "among_any"
    once = True


@models.ForeignKey.register_lookup
class Stands(RelatedIsNull):
    """`withdrawn__stands=True`: that a record refers to no release which ended it, as nearly all do, so that no index is of use.

    SQLite takes what an index leads to for rare, and would begin there instead of with the few records that are asked for.
    """

    lookup_name = "stands"

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        condition, parameters = super().as_sql(compiler, connection)
        return f"+{condition}", parameters
