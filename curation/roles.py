"""Who may do what: four groups, and the permissions that each function of the workflow asks for.

The groups are made after every `migrate`; their permissions are set to these each time, so that they cannot drift.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions

from sources.bilingual import both

CURATOR, REVIEWER, PUBLISHER, ADMINISTRATOR = "curator", "reviewer", "publisher", "administrator"

NAMES = {
    CURATOR: both("录入员", "curator"),
    REVIEWER: both("审核员", "reviewer"),
    PUBLISHER: both("发布员", "publisher"),
    ADMINISTRATOR: both("管理员", "administrator"),
}

BRING_IN, REVIEW, PUBLISH = "curation.bring_in", "curation.review", "curation.publish"

CURATED_APPS = ("sources", "regions", "indicators", "policies")
# Written by the workflow alone, whoever asks: nobody adds, changes or deletes these by hand.
OF_THE_WORKFLOW = ("release", "packagedescription", "series", "observation")
WORDS = "words"  # what was asked in vain: everybody sees it, nobody writes it by hand
OF_THEIR_UPLOADER = ("storedupload", "keptreading", "batchsheet")  # seen on the pages of the import alone
OF_ADMINISTRATORS = "signincount"  # who tried to sign in, and from where


def _curated(actions: Iterable[str]) -> set[tuple[str, str]]:
    """The permissions of these actions on every curated model."""
    return {
        (label, f"{action}_{model._meta.model_name}")
        for label in CURATED_APPS
        for model in installed.get_app_config(label).get_models()
        for action in actions
        if action == "view" or model._meta.model_name not in OF_THE_WORKFLOW
    }


def permissions_of(role: str) -> set[tuple[str, str]]:
    """(app, codename) of every permission that a role has."""
    seen = _curated(["view"]) | {
        (label, f"view_{model._meta.model_name}")
        for label in ("curation", WORDS)
        for model in installed.get_app_config(label).get_models()
        if model._meta.model_name not in (OF_ADMINISTRATORS, *OF_THEIR_UPLOADER)
    }
    written = _curated(["add", "change", "delete"])
    people = {("auth", f"{action}_{model}") for action in ("view", "add", "change") for model in ("user", "group")} - {
        ("auth", "add_group"),
        ("auth", "change_group"),
    }
    people |= {("curation", f"{action}_{OF_ADMINISTRATORS}") for action in ("view", "delete")}
    own = {
        CURATOR: written | {("curation", "bring_in")},
        REVIEWER: {("curation", "review")},
        PUBLISHER: {("curation", "publish")},
    }
    if role == ADMINISTRATOR:
        return seen.union(people, *own.values())
    return seen | own[role]


def make_groups(apps: Apps = installed, using: str = "default", **_signal: Any) -> None:
    """Make the four groups, with exactly the permissions of their roles. Receives `post_migrate`."""
    try:  # a run that migrates only other apps has no tables for these yet
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
        apps.get_model("curation", "ImportBatch")
    except LookupError:
        return
    for label in (*CURATED_APPS, WORDS, "curation", "auth"):
        create_permissions(installed.get_app_config(label), verbosity=0, using=using, apps=apps)
    known = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in permission_model.objects.using(using).select_related("content_type")
    }
    for role in NAMES:
        group, _ = group_model.objects.using(using).get_or_create(name=role)
        group.permissions.set([known[name] for name in sorted(permissions_of(role)) if name in known])
