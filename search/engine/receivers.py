"""What changes a page marks it for the index, in the same transaction."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_unpublished, post_page_move

from search.engine.indexing import mark


@receiver(page_published, dispatch_uid="search.page_published")
def on_publish(instance: Page, **kwargs: Any) -> None:
    mark([instance.pk], "published")


@receiver(page_unpublished, dispatch_uid="search.page_unpublished")
def on_unpublish(instance: Page, **kwargs: Any) -> None:
    mark([instance.pk], "unpublished")


@receiver(post_page_move, dispatch_uid="search.post_page_move")
def on_move(instance: Page, **kwargs: Any) -> None:
    mark(_branch(instance), "moved")


@receiver(pre_save, dispatch_uid="search.pre_save_page")
def on_save(sender: type, instance: Any, raw: bool, update_fields: Any, **kwargs: Any) -> None:
    """A page whose path changes takes the addresses below it along.

    Wagtail's own signal for this comes after the commit, too late for a mark that must not be lost.
    """
    if raw or not isinstance(instance, Page) or instance.pk is None:
        return
    if update_fields is not None and "url_path" not in update_fields:
        return
    known = Page.objects.filter(pk=instance.pk).values_list("url_path", flat=True).first()
    if known is not None and known != instance.url_path:
        mark(_branch(instance), "renamed")


@receiver(post_save, dispatch_uid="search.post_save_page")
def on_create(sender: type, instance: Any, created: bool, raw: bool, **kwargs: Any) -> None:
    """A page that is made live at once, by a command, is never "published"."""
    if created and not raw and isinstance(instance, Page) and instance.live:
        mark([instance.pk], "created")


@receiver(pre_delete, sender=Page, dispatch_uid="search.pre_delete_page")
def on_delete(instance: Page, **kwargs: Any) -> None:
    mark([instance.pk], "deleted")


@receiver(post_save, sender=PageViewRestriction, dispatch_uid="search.restriction_saved")
@receiver(post_delete, sender=PageViewRestriction, dispatch_uid="search.restriction_deleted")
def on_restriction(instance: PageViewRestriction, **kwargs: Any) -> None:
    page = Page.objects.filter(pk=instance.page_id).first()
    if page is not None:
        mark(_branch(page), "restricted")


def _branch(page: Page) -> list[int]:
    """The page and everything below it."""
    return list(
        Page.objects.filter(path__startswith=page.path)
        .order_by("path")
        .values_list("pk", flat=True)
    )
