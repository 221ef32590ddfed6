"""The checks that a batch concerns: what each comes to with the figures that stand, and with those of the batch."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from curation.models import ImportBatch, Verdict
from curation.plans.identities import BeforeAndAfter, Checks, Place, stated
from curation.tables.observations import OBSERVATIONS
from indicators.checks import CheckFigure
from indicators.models import Check, Unit

CHUNK = 500


def compared_checks(batch: ImportBatch) -> dict[Check, BeforeAndAfter]:
    """Every check with a term among the figures that a batch adds, changes or withdraws, in the order of their codes.

    Checks that the batch itself brings count as well.
    """
    rows = batch.rows.that_change().filter(table__in=("checks", "check_terms")).order_by("table", "number")
    checks = Checks(rows.values_list("table", "key", "resolved"))
    return checks.compared(_touched(batch, checks.places))


def _touched(batch: ImportBatch, wanted: Collection[Place]) -> dict[Place, CheckFigure | None]:
    """The figures of the batch at these places; None where it withdraws one or states that it is missing."""
    rows = batch.rows.that_change().filter(table=OBSERVATIONS.name)
    keys = rows.values_list("pk", "key").iterator(chunk_size=CHUNK)
    places = {
        pk: place for pk, key in keys if (place := OBSERVATIONS.place_of(OBSERVATIONS.cells_of_key(key))) in wanted
    }
    units = {unit.code: unit for unit in (*Unit.objects.public(), *_units(batch))}
    return {places[row.pk]: stated(row.resolved or {}, units) for row in rows.filter(pk__in=places)}


def _units(batch: ImportBatch) -> list[Unit]:
    """The units that the batch itself brings or changes, as they would stand."""
    rows = batch.rows.that_change().filter(table="units").exclude(verdict=Verdict.WITHDRAWN)
    resolved = rows.values_list("resolved", flat=True)
    return [Unit(**{**cells, "factor": Decimal(cells["factor"])}) for cells in resolved if cells]
