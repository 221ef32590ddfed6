"""Prints the cursor of the page half-way down all figures of the store of DATABASE_URL, as one who had walked there has it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from urllib.parse import parse_qs, urlsplit  # noqa: E402

from django.test import RequestFactory  # noqa: E402
from rest_framework.request import Request  # noqa: E402

from api.http.pagination import Keyset  # noqa: E402
from indicators.labels import labels  # noqa: E402
from indicators.models import Series  # noqa: E402
from indicators.selection import everything  # noqa: E402

keys = Series.objects.public().order_by("key")
middle = keys.values_list("key", flat=True)[keys.count() // 2]
request = Request(RequestFactory(headers={"host": "127.0.0.1"}).get("/api/v1/observations"))
whole = everything(labels()).preferred()
keyset = Keyset(request, {"cursor": None, "page_size": 1, "count": None}, whole)
keyset.page([0, 1, 2], lambda *_: [(middle, "2010", 0), (middle, "2010", 1)], lambda: 0)
print(parse_qs(urlsplit(keyset.following or "").query)["cursor"][0])
