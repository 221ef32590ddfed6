"""A curator with a browser, at the service as it runs."""

from __future__ import annotations

import re
import secrets
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from urllib.parse import urlencode

from benchmarks.stores import ROOT
from tests.faults.service import Service

LOGIN, UPLOAD = "/admin/login/", "/admin/curation/importbatch/upload/"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What a browser gets, redirects not followed."""

    status: int
    text: str
    headers: Message


class Browser:
    """Keeps its cookies, and sends the forms of pages."""

    def __init__(self, service: Service, source: str = "127.0.0.1", language: str = "en") -> None:
        self.place, self.source, self.language = ("127.0.0.1", service.port), source, language
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """A page."""
        return self._ask(path)

    def post(self, path: str, body: bytes, kind: str = FORM, signed_in: bool = True) -> int:
        """The status of the answer to a body as it is."""
        return self._ask(path, body, kind, signed_in=signed_in).status

    def send(self, path: str, form: str = "", **fields: str) -> Answer:
        """The form of the page at `form`, or else at its own address."""
        return self._ask(path, urlencode({"csrfmiddlewaretoken": self._token(form or path), **fields}).encode(), FORM)

    def upload(self, content: bytes, name: str = "list.csv", signed_in: bool = True) -> Answer:
        """A file, sent in."""
        parts = (
            f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self._token(UPLOAD)}\r\n--x\r\n'
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        ).encode() + content
        return self._ask(UPLOAD, parts + b"\r\n--x--\r\n", "multipart/form-data; boundary=x", signed_in)

    def told(self) -> str:
        """What the last thing that was done came to, as the next page says."""
        return " ".join(
            re.findall(r'<li class="(?:error|success|warning)">(.*?)</li>', self.get(UPLOAD).text, re.DOTALL)
        )

    def announce(self, path: str, length: int) -> str:
        """The answer to the head of a request with so long a body."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {self._cookies()}\r\nContent-Length: {length}\r\n\r\n"
        )
        with socket.create_connection(self.place, timeout=30) as connection:
            connection.sendall(head.encode())
            return connection.recv(12).decode()[9:]

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)
        assert found
        return found[1]

    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _ask(self, path: str, body: bytes | None = None, kind: str = "", signed_in: bool = True) -> Answer:
        headers = {"Accept-Language": self.language, **({"Content-Type": kind} if kind else {})}
        if signed_in:
            headers["Cookie"] = self._cookies()
        with closing(HTTPConnection(*self.place, timeout=120, source_address=(self.source, 0))) as connection:
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(answer.status, answer.read().decode(), answer.headers)


class SignedIn(Browser):
    """A curator of all roles, made and signed in."""

    def __init__(self, service: Service, name: str = "curator") -> None:
        super().__init__(service)
        self.name, self.password = name, secrets.token_urlsafe(20)
        subprocess.run(
            [sys.executable, "manage.py", "createsuperuser", "--no-input", f"--username={name}", "--email="],
            cwd=ROOT, env={**service.environment, "DJANGO_SUPERUSER_PASSWORD": self.password}, check=True,
        )  # fmt: skip
        assert self.send(LOGIN, username=name, password=self.password).status == 302
