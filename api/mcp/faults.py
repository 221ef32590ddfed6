"""What is wrong with a message: an error of JSON-RPC, which is not of the question that it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from mcp_types.jsonrpc import INVALID_PARAMS

from sources.bilingual import Text
from sources.suggest import nearest

Known = TypeVar("Known")


class Fault(Exception):
    """A message that is not as the protocol has it: the code of the error, what is wrong, and more of it for programs."""

    def __init__(self, code: int, message: Text, data: object = None) -> None:
        super().__init__(code)
        self.code, self.message, self.data = code, message, data


def known(name: str, table: Mapping[str, Known], unknown: Text) -> Known:
    """What goes by a name. Raises Fault, which lists what does and suggests the nearest."""
    if name not in table:
        raise Fault(INVALID_PARAMS, unknown, {"allowed": list(table), "did_you_mean": nearest(name, table)})
    return table[name]
