"""The WSGI entry point of the two contestants that are made with Django; CONTESTANT names the module of its addresses."""

import os

from django.core.wsgi import get_wsgi_application

from config.processors import keep_to_one

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.contestants.django_settings"
application = get_wsgi_application()
keep_to_one()  # as the service does
