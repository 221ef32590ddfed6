"""Whether every address of some answers, with data, with nothing, or with a problem that says why."""

from __future__ import annotations

from collections.abc import Iterable

from django.test import Client

from tests.api.contract import problem_of
from tests.foreign.addresses import Address


def failures(client: Client, addresses: Iterable[Address]) -> list[str]:
    """The addresses that fail, of those that programs ask. A refusal must be a problem with its reason."""
    client.raise_request_exception = False
    failing = []
    for path, query in addresses:
        answer = client.get(path, query)
        if answer.status_code >= 500:
            failing.append(f"{answer.status_code} {path} {query}")
        elif answer.status_code >= 400:
            problem = problem_of(answer, answer.status_code)
            assert answer.status_code == 404 or problem.get("errors"), path
    return failing


def broken_pages(client: Client, addresses: Iterable[Address]) -> list[str]:
    """The pages for people that fail; one that may not be opened (403) does not."""
    client.raise_request_exception = False
    answers = [(client.get(path, query).status_code, path) for path, query in addresses]
    return [f"{status} {path}" for status, path in answers if status not in (200, 302, 403)]
