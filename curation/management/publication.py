"""How a command brings a plan before the public: by way of the reviewers, or at once where commands may publish."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from curation.batches.review import submit
from curation.management.progress import shown
from curation.models import ImportBatch, Verdict
from curation.plans.plan import Plan
from curation.releases.publication import ReleaseNotes, publish
from sources.bilingual import Said, both
from sources.models import Release

NOTHING = both("没有变化，未发布。", "Nothing changes; nothing was published.")


def commands_publish() -> bool:
    """Whether a command may publish what nobody reviewed: into a store without a release, and where a setting says so."""
    return settings.COMMANDS_PUBLISH or not Release.objects.published().exists()


def bring_before_the_public(plan: Plan, notes: ReleaseNotes, *, name: Said, at_once: bool = True) -> Any:
    """Publish a plan, where commands may and `at_once` is asked for, else send it to the reviewers; what was done, in words.

    A release of a command has no reviewer, and says so. Raises StepRefused where it can be neither.
    """
    if plan.changes_nothing and not plan.count(Verdict.ERROR):
        return NOTHING
    if at_once and commands_publish():
        release = publish(plan, notes, progress=shown)
        return both(f"已发布版本 {release}（未经审核）。", f"Published release {release}, which nobody has reviewed.")
    batch = submit(plan, name=name, note=notes.reason, progress=shown)
    return sent(batch)


def sent(batch: ImportBatch) -> Any:
    """That a batch waits for the reviewers."""
    return both(
        f"批次 {batch.pk}“{batch}”待审核；发布前须有两人看过。",
        f"Batch {batch.pk}, “{batch}”, waits for review: two people see it before it is public.",
    )
