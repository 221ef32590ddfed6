"""What was published since a moment, by the history that every publication leaves."""

from __future__ import annotations

import datetime

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import StrIndex, Substr

from curation.models import Change
from policies.models import Event, MeasureQuerySet, Relation


def measures_published_after(measures: MeasureQuerySet, moment: datetime.datetime) -> MeasureQuerySet:
    """Those of the measures that a release later than the moment added or changed, in themselves or in their events.

    A new relation counts for the measures at both of its ends.
    """
    changes = Change.objects.filter(release__published_at__gt=moment)
    own = changes.filter(table="measures", key=OuterRef("code"))
    of_events = changes.filter(table="events").values(code=Substr("key", 1, StrIndex(F("key"), Value("|")) - 1))
    events = Event.objects.public().filter(released__published_at__gt=moment, measure=OuterRef("pk"))
    relations = Relation.objects.public().filter(released__published_at__gt=moment)
    return measures.filter(
        Q(released__published_at__gt=moment)
        | Exists(own)
        | Exists(events)
        | Q(code__in=of_events)
        | Exists(relations.filter(Q(from_measure=OuterRef("pk")) | Q(to_measure=OuterRef("pk"))))
    )
