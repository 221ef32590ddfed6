"""The names of the admin as a whole."""

from django.contrib import admin

from sources.bilingual import both

admin.site.site_header = both("湖南开放型经济数据 · 维护", "Hunan Open Trade Data · Curation")
admin.site.site_title = both("湖南开放型经济数据", "Hunan Open Trade Data")
admin.site.index_title = both("首页", "Home")
admin.site.empty_value_display = "—"
