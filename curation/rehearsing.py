"""Records of a batch as the public API would answer them, from a publication that is rolled back before anyone can see it.

The answer comes from the API's own view, called within the transaction. No middleware runs and the data version is not
asked for, so nothing of the rehearsal is remembered; a test holds this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from django.urls import resolve

from curation.importing import plan_import
from curation.models import ImportBatch, Verdict
from curation.publishing import ReleaseNotes, rehearse
from curation.tables import BY_NAME

MOST = 200


@dataclass(frozen=True)
class Answer:
    """An address of the API, and what it would answer: a document, or None for a 404."""

    path: str
    content: Any
