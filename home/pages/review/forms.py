"""What a reviewer fills in to approve or to send back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.pages import CopyForm

from home.pages import authority
from home.pages.slugs import free_slug, slug_of_today, slug_of_words

if TYPE_CHECKING:
    from home.pages.review.models import ReviewTask

COMMENT_LENGTH = 2000


class SendBackForm(forms.Form):
    """Sending back needs words: the editor must know what to mend."""

    comment = forms.CharField(
        label=_("要修改什么"),
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("请写明要修改什么，编辑才知道从哪里改。")},
    )


class ApproveForm(forms.Form):
    """Each point of the check list, and a remark."""

    points: list[str] = []

    checked = forms.MultipleChoiceField(
        label=_("校对要点"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("逐条核对，全部勾选后才能通过。"),
    )
    comment = forms.CharField(
        label=_("审核意见"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not self.points:
            del self.fields["checked"]
            return
        field = self.fields["checked"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 (declared above)
        field.choices = [(point, point) for point in self.points]
        field.error_messages["required"] = self.not_all()

    def not_all(self) -> str:
        return str(_("请逐条核对，并勾选全部%(count)d条校对要点。")) % {"count": len(self.points)}

    def clean_checked(self) -> list[str]:
        checked: list[str] = self.cleaned_data["checked"]
        if set(checked) != set(self.points):
            raise forms.ValidationError(self.not_all())
        return checked


def form_for(task: ReviewTask, action: str) -> type[forms.Form]:
    """The form of an action at this stage, with the stage's own points."""
    if action == "approve":
        return type("StageApproveForm", (ApproveForm,), {"points": task.points})
    return SendBackForm


class ReviewedCopyForm(CopyForm):
    """Wagtail's form of a copy, which offers no copy that is public before it was reviewed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        copied = self.page.get_descendants(inclusive=True)
        if any(authority.reviews_demanded(page) for page in copied):
            self.fields.pop("publish_copies", None)
            self.fields.pop("alias", None)
        # The original's own address is taken where the copy is most often put: beside it.
        self.fields["new_slug"].required = False
        self.fields["new_slug"].initial = free_slug(self.page.slug, self.page.get_parent())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if cleaned.get("new_slug") == "":
            base = slug_of_words(cleaned.get("new_title", "")) or slug_of_today()
            cleaned["new_slug"] = free_slug(
                base, cleaned.get("new_parent_page") or self.page.get_parent()
            )
        return cleaned
