"""What templates of the admin ask for."""

from typing import Any

from django import template

from curation.admin.home import Home, home_of

register = template.Library()


@register.simple_tag(takes_context=True)
def home(context: Any) -> Home:
    """What waits for the person who looks at the page, the newest releases, and the coverage."""
    return home_of(context["request"].user)
