"""The admin: where curators read everything and prepare drafts. Django finds it as `curation.admin`."""

from curation.admin import curation, indicators, policies, regions, series, site, sources

__all__ = ("curation", "indicators", "policies", "regions", "series", "site", "sources")
