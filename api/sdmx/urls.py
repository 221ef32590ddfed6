"""The addresses of the SDMX faces, as SDMX REST 1.5 and 2 give them; what is last may be left out."""

from django.urls import re_path

from api.sdmx.views import (
    Availability21View,
    Availability30View,
    Data21View,
    Data30View,
    Schema21View,
    Schema30View,
    Structures21View,
    Structures30View,
)

app_name = "sdmx"


def address(*names: str) -> str:
    """A pattern of these path segments, each of which may be the last."""
    pattern = ""
    for name in reversed(names):
        pattern = f"(?:/(?P<{name}>[^/]+){pattern})?"
    return pattern


def one(name: str, *more: str) -> str:
    """A pattern of these path segments, of which the first must be there and each may be the last."""
    return f"/(?P<{name}>[^/]+){address(*more)}"


urlpatterns = [
    re_path(f"^2.1/data{one('flow', 'key', 'provider')}$", Data21View.as_view(), name="data-2.1"),
    re_path(
        f"^2.1/availableconstraint{one('flow', 'key', 'provider', 'component')}$",
        Availability21View.as_view(), name="availability-2.1",
    ),
    re_path(f"^2.1/schema{one('context')}{one('agency')}{one('id', 'version')}$", Schema21View.as_view(), name="schema-2.1"),
    re_path(f"^3.0/schema{one('context')}{one('agency')}{one('id', 'version')}$", Schema30View.as_view(), name="schema-3.0"),
    re_path(f"^2.1{one('resource', 'agency', 'id', 'version', 'item')}$", Structures21View.as_view(), name="structure-2.1"),
    re_path(f"^3.0/data{address('context', 'agency', 'id', 'version', 'key')}$", Data30View.as_view(), name="data-3.0"),
    re_path(
        f"^3.0/availability{address('context', 'agency', 'id', 'version', 'key', 'component')}$",
        Availability30View.as_view(), name="availability-3.0",
    ),
    re_path(
        f"^3.0/structure{one('resource', 'agency', 'id', 'version', 'item')}$", Structures30View.as_view(), name="structure-3.0"
    ),
]  # fmt: skip
