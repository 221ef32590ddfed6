"""What was published since a release, by the history that every publication leaves."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import StrIndex, Substr

from curation.models import Change
from policies.models import Event, MeasureQuerySet, Relation


def measures_published_after(measures: MeasureQuerySet, release: int) -> MeasureQuerySet:
    """Those of the measures that a release newer than this one (its primary key) added or changed.

    A measure is changed by what happens to its events, too; a new relation counts for the measures at both of its ends.
    """
    changes = Change.objects.filter(release__gt=release)
    own = changes.filter(table="measures", key=OuterRef("code"))
    of_events = changes.filter(table="events").values(code=Substr("key", 1, StrIndex(F("key"), Value("|")) - 1))
    events = Event.objects.public().filter(released__gt=release, measure=OuterRef("pk"))
    relations = Relation.objects.public().filter(released__gt=release)
    return measures.filter(
        Q(released__gt=release)
        | Exists(own)
        | Exists(events)
        | Q(code__in=of_events)
        | Exists(relations.filter(Q(from_measure=OuterRef("pk")) | Q(to_measure=OuterRef("pk"))))
    )
