"""What the admin offers for a page: nothing that publishing would refuse."""

from __future__ import annotations

from typing import Any

from wagtail.models import Page, PagePermissionTester

from home.pages import authority
from home.pages.review import drafts


class ReviewedPageTester(PagePermissionTester):
    """Wagtail's rights of one person on one page, less publishing past the review.

    On a page whose draft is for others there is nothing but taking it off the site.
    """

    def __init__(self, user: Any, page: Page) -> None:
        super().__init__(user, page)
        self.sees_draft = drafts.may_see(user, page)

    def can_edit(self) -> bool:
        return self.sees_draft and super().can_edit()

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        return self.sees_draft and super().can_delete(ignore_bulk=ignore_bulk)

    def can_lock(self) -> bool:
        return self.sees_draft and super().can_lock()

    def can_unlock(self) -> bool:
        return self.sees_draft and super().can_unlock()

    def can_submit_for_moderation(self) -> bool:
        return self.sees_draft and super().can_submit_for_moderation()

    def can_view_revisions(self) -> bool:
        return self.sees_draft and super().can_view_revisions()

    def can_publish(self) -> bool:
        if not self.sees_draft or not super().can_publish():
            return False
        return not authority.reviews_demanded(self.page)

    def can_publish_subpage(self) -> bool:
        if not super().can_publish_subpage():
            return False
        kinds = self.page.specific_class.creatable_subpage_models()
        return not any(authority.reviews_demanded(kind) for kind in kinds)

    def can_set_view_restrictions(self) -> bool:
        return super().can_publish()

    def can_unschedule(self) -> bool:
        return super().can_publish()
