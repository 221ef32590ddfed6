"""What templates of the admin ask for."""

from typing import Any

from django import template

from curation.admin.home import Home, home_of
from curation.batches.parts import drafts_of
from curation.models import ImportBatch, Origin

register = template.Library()


@register.simple_tag(takes_context=True)
def home(context: Any) -> Home:
    """What waits for the person who looks at the page, the newest releases, and the coverage."""
    return home_of(context["request"].user)


@register.simple_tag(takes_context=True)
def drafts(context: Any) -> list[ImportBatch]:
    """The batches that the person who looks at the page may add to, those begun on pages of records last."""
    return sorted(drafts_of(context["request"].user), key=lambda batch: (batch.origin == Origin.PAGES, batch.pk))
