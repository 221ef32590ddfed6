"""A message to the reviewers that a batch waits for them, where the service can send any."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from curation import roles
from curation.models import ImportBatch
from sources.bilingual import in_both

BACKEND = "curation.accounts.sign_in.Backend"  # which says who has a permission


def tell_reviewers(batch: ImportBatch) -> None:
    """Once the step is done, write to each reviewer with an address but the batch's maker. A message that fails is in the log.

    Nothing is sent where EMAIL_URL is not set.
    """
    if settings.TELLS_REVIEWERS:
        transaction.on_commit(partial(_send, batch.pk), robust=True)


def _send(pk: int) -> None:
    batch = ImportBatch.objects.select_related("created_by").get(pk=pk)
    people = User.objects.with_perm(roles.REVIEW, backend=BACKEND).filter(is_active=True, is_staff=True)
    addresses = sorted({person.email for person in people if person.email and person.pk != batch.created_by_id})
    if not addresses:
        return
    (name_zh, name_en), rows, who = in_both(batch), batch.rows.that_change().count(), batch.created_by or "—"
    page = f"{settings.SITE_URL}/admin/curation/importbatch/{batch.pk}/change/" if settings.SITE_URL else ""
    lines = [
        f"批次“{name_zh}”待审核：{rows} 行，{who} 送审。", f"The batch “{name_en}” waits for review: {rows} rows, sent by {who}.",
        page,
    ]  # fmt: skip
    subject, body = f"待审核 / To review: {name_zh}"[:150], "\n\n".join(filter(None, lines))
    with get_connection() as connection:
        connection.send_messages([EmailMessage(subject, body, to=[address]) for address in addresses])
