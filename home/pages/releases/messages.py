"""Mails about releases: a number and a link, and no word of what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.links import link_to
from delivery.registry import Mail
from home.pages.releases.models import ReleaseEvent

if TYPE_CHECKING:
    from delivery.models import OutboxMessage

SUBJECTS = {
    ReleaseEvent.Kind.LIVE: gettext_lazy("童伴：发布包已按时发布"),
    ReleaseEvent.Kind.FAILED: gettext_lazy("童伴：发布包没有发布成功"),
    ReleaseEvent.Kind.RETURNED: gettext_lazy("童伴：发布包已退回修改"),
    ReleaseEvent.Kind.FELL: gettext_lazy("童伴：发布包需要重新送审"),
}


def outcome_mail(message: OutboxMessage) -> Mail | None:
    """Tells those who have a part in the release that something became of it."""
    event = ReleaseEvent.objects.select_related("release").get(pk=message.subject_id)
    release = event.release
    deeds = release.events.filter(by__isnull=False, by__is_active=True).exclude(by__email="")
    if event.by_id:
        deeds = deeds.exclude(by=event.by_id)
    to = tuple(dict.fromkeys(deeds.order_by("pk").values_list("by__email", flat=True)))
    if not to:
        return None
    link = link_to(reverse("releases_detail", args=[release.pk]))
    lines = (
        _("第%d号发布包") % release.pk,
        "",
        _("请登录查看："),
        link,
        "",
        _("本邮件由系统发出，请勿直接回复。"),
        "",
    )
    return Mail(to=to, subject=str(SUBJECTS[ReleaseEvent.Kind(event.kind)]), body="\n".join(lines))
