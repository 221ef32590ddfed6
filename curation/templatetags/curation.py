"""What templates of the admin ask for."""

from typing import Any

from django import template

from curation.admin.asking import number_in
from curation.admin.home import Home, home_of
from curation.batches.parts import drafts_of
from curation.models import ImportBatch, Origin

register = template.Library()


@register.simple_tag(takes_context=True)
def home(context: Any) -> Home:
    """What waits for the person who looks at the page, the newest releases, and the coverage."""
    return home_of(context["request"].user)


@register.simple_tag(takes_context=True)
def list_of_pages(context: Any) -> str:
    """All pages that the person who looks at this one may open, as Django shows them beside it."""
    template = context.template.engine.get_template("admin/nav_sidebar.html")
    shown: str = context["available_apps"].shown_beside(context["request"].path, lambda: template.render(context))
    return shown


@register.simple_tag(takes_context=True)
def waiting(context: Any) -> int:
    """How many batches wait for the person who looks at the page; one query."""
    request = context.get("request")
    return ImportBatch.objects.waiting_for(request.user).count() if request and request.user.is_staff else 0


@register.simple_tag(takes_context=True)
def drafts(context: Any) -> list[ImportBatch]:
    """The batches that the person who looks at the page may add to."""
    return drafts_of(context["request"].user)


@register.simple_tag(takes_context=True)
def chosen_draft(context: Any) -> int | None:
    """Which of these is chosen: the one that the form or the address names, else the one begun last on pages of records."""
    request = context["request"]
    named = request.POST.get("into") or request.GET.get("into", "")
    begun = (draft.pk for draft in drafts_of(request.user) if draft.origin == Origin.PAGES)
    return number_in(named) if named else next(begun, None)
