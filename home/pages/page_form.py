"""The editor's form of any page: no address need be thought of before the first word is kept."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import TitleFieldPanel


class AddressedForm:
    """For forms of pages: the address (网址) may stay empty, and the page gives itself one.

    It stands on a tab of its own; were it required, a title in Chinese, of which Wagtail's slug
    field keeps nothing, would stop every saving with an error that nobody sees.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if slug := self.fields.get("slug"):  # type: ignore[attr-defined]
            slug.required = False
            slug.help_text = _(
                "页面网址的最后一段，用小写字母、数字和短横线；留空则自动生成（文号、编号或标题的拼音首字母）。"
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()  # type: ignore[misc]
        # The address of a public page is known outside: emptying the field does not change it.
        page = self.instance  # type: ignore[attr-defined]
        if page.live and page.pk and cleaned.get("slug") == "":
            cleaned["slug"] = self.initial["slug"]  # type: ignore[attr-defined]
        return cleaned


class BasePageForm(AddressedForm, WagtailAdminPageForm):
    """The form of a page type that brings none of its own."""


class TitlePanel(TitleFieldPanel):
    """The title, which does not write into the field of the address.

    Wagtail's would put there what is Latin of 2026年工作要点, "2026": a poor address, and taken
    when the next one comes. An empty field is filled on the server.
    """

    class BoundPanel(TitleFieldPanel.BoundPanel):
        def get_should_apply(self) -> bool:
            return False
