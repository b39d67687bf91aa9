"""What the check found on live pages, kept for the report (报表 › 发布前检查)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, PageQuerySet

from home.pages import prechecks
from home.pages.prechecks import Finding, Severity

# Links rot and pages are withdrawn after a page went out: each is looked at again once a day.
GOOD_FOR = timedelta(hours=20)


class PageCheck(models.Model):
    """What was found on a live page when it was last looked at (检查结果)."""

    page = models.OneToOneField(
        "wagtailcore.Page", models.CASCADE, primary_key=True, related_name="+"
    )
    checked_at = models.DateTimeField(_("检查时间"), db_index=True)
    blocking = models.PositiveIntegerField(Severity.BLOCK.label, default=0)
    warnings = models.PositiveIntegerField(Severity.WARN.label, default=0)
    found = models.JSONField(_("问题"), default=list)

    class Meta:
        verbose_name = _("检查结果")
        verbose_name_plural = _("检查结果")
        ordering = ["-blocking", "-warnings", "page_id"]

    def __str__(self) -> str:
        return f"PageCheck {self.page_id}"

    @property
    def sentences(self) -> str:
        """Everything found, a line each, for the spreadsheet."""
        return "\n".join(finding.sentence for finding in self.findings)

    @property
    def findings(self) -> list[Finding]:
        return [Finding.of_data(one) for one in self.found]


def keep(page: Page, found: Sequence[Finding]) -> None:
    """Keeps what was found on a page for the report."""
    blocking = sum(finding.blocks for finding in found)
    PageCheck.objects.update_or_create(
        page_id=page.pk,
        defaults={
            "checked_at": timezone.now(),
            "blocking": blocking,
            "warnings": len(found) - blocking,
            "found": [finding.as_data() for finding in found],
        },
    )


def check_live_pages(limit: int) -> int:
    """Looks again at the live pages whose result is the oldest; how many there were.

    Whoever calls again until it answers 0 has been through all of them.
    """
    done = 0
    for page in pages_due().order_by("pk")[:limit].specific():
        with transaction.atomic():
            keep(page, prechecks.findings(page))
        done += 1
    return done


def pages_due() -> PageQuerySet:
    """Live pages that nobody has looked at for a day."""
    fresh = PageCheck.objects.filter(page=OuterRef("pk"), checked_at__gt=_stale_before())
    return Page.objects.filter(Q(live=True, depth__gt=1), ~Exists(fresh))


def forget_page(sender: type, instance: Page, **kwargs: object) -> None:
    """page_published: what was found on the text before says nothing of this one."""
    PageCheck.objects.filter(page_id=instance.pk).delete()


def forget_results() -> None:
    """Makes every live page due again, for who doesn't want to wait for tonight."""
    PageCheck.objects.update(checked_at=_stale_before())


def _stale_before() -> datetime:
    return timezone.now() - GOOD_FOR
