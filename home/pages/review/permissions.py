"""What the admin offers for a page: nothing that publishing would refuse."""

from __future__ import annotations

from wagtail.models import PagePermissionTester

from home.pages import authority


class ReviewedPageTester(PagePermissionTester):
    """Wagtail's rights of one person on one page, less publishing past the review."""

    def can_publish(self) -> bool:
        return super().can_publish() and not authority.reviews_demanded(self.page)

    def can_publish_subpage(self) -> bool:
        if not super().can_publish_subpage():
            return False
        kinds = self.page.specific_class.creatable_subpage_models()
        return not any(authority.reviews_demanded(kind) for kind in kinds)

    def can_set_view_restrictions(self) -> bool:
        return super().can_publish()

    def can_unschedule(self) -> bool:
        return super().can_publish()
