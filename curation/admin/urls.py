"""The addresses of the pages. They and all that is behind them are loaded by the first who asks for one (config/urls.py)."""

from django.contrib import admin

urlpatterns = admin.site.get_urls()
