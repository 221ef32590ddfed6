"""The WSGI entry point of the two contestants that are made with Django; CONTESTANT names the module of its addresses."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.contestants.django_settings"
application = get_wsgi_application()
