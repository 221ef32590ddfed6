"""The application by itself (WSGI). What is served is config/asgi.py, which bounds what it does at once."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.db.backends.signals import connection_created  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from config import tuning  # noqa: E402

connection_created.connect(tuning.bound_statements)
_ = get_resolver().url_patterns  # all views are loaded before the first request, not by it
tuning.short_ways()
tuning.collect_seldom()
