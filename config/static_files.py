"""Style sheets and scripts, named by where the service is mounted for whoever asks."""

from __future__ import annotations

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.urls import get_script_prefix
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class _Mounted:
    """Mixed into a storage, whose addresses know no request."""

    def url(self, *args: object, **kwargs: object) -> str:
        """The address of a file, below the path that this request came by."""
        return get_script_prefix().rstrip("/") + str(super().url(*args, **kwargs))  # type: ignore[misc]


class AsTheyAre(_Mounted, StaticFilesStorage):
    """Files as they stand in the packages, for a service that collected none."""


class Collected(_Mounted, CompressedManifestStaticFilesStorage):
    """Files that `collectstatic` has compressed and named by their content."""
