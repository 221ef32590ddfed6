"""`/mcp`: the one address of the Model Context Protocol, whose messages are posted to it one by one (streamable HTTP).

No stream is offered and no session is kept: each message is answered with JSON, whatever came before it. The types of the protocol take
0.8 seconds and 15 MiB to load, so a worker loads them with the first message (docs/decisions/0059).
"""

from __future__ import annotations

import orjson
from django.conf import settings
from django.http import HttpResponse
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.request import Request
from rest_framework.views import APIView

from api.addresses import host_of
from api.http.bodies import JSONBody
from api.http.filters import read_parameters
from sources.bilingual import both


class ForeignOrigin(PermissionDenied):
    """A page of another site asks, which might do so in the name of someone who can reach a service that it cannot."""

    explanation = both(
        "此来源（Origin）的网页不得调用本接口；部署者可在 MCP_ORIGINS 中准许。",
        "Pages of this origin may not ask here; whoever runs the service can allow them by MCP_ORIGINS.",
    )


class OnlyPosted(MethodNotAllowed):
    """Messages are posted; there is no stream to read, and no session to end."""

    explanation = both(
        "MCP 的消息以 POST 发送；本服务不提供事件流，也没有会话。",
        "Messages of MCP are sent by POST; this service offers no stream of events and has no sessions.",
    )


class MessageBody(JSONBody):
    """The body of a message, whose texts may have lines: what a parameter takes of it is for the parameter to say."""

    def read(self, content: bytes) -> object:
        """The value of a JSON text. Raises orjson.JSONDecodeError."""
        return orjson.loads(content)


class McpView(APIView):
    """The Model Context Protocol. It has a description of its own, so it is not in that of this API."""

    schema = None
    parser_classes = [MessageBody]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Before anything is read. Raises OnlyPosted, whatever else is wrong: by that a client knows that no stream is offered."""
        if request.method != "POST":
            raise OnlyPosted(str(request.method))
        super().initial(request, *args, **kwargs)

    def post(self, request: Request) -> HttpResponse:
        """What a message is answered. Raises ForeignOrigin."""
        from api.mcp.protocol import respond  # noqa: PLC0415  # which loads the types of the protocol

        read_parameters(request, {})
        origin = request.headers.get("Origin")
        if origin is not None and origin != host_of(request) and not {origin, "*"} & set(settings.MCP_ORIGINS):
            raise ForeignOrigin
        response = respond(request)
        response["Cache-Control"] = "no-store"
        return response
