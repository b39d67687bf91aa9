"""What an editor may choose from that is kept in the vault: notices, and how long answers stay."""

from __future__ import annotations

from django.db.models import Max
from django.utils.translation import gettext as _

from forms.vault import retention
from forms.vault.models import ConsentText, RetentionClass


def notices() -> dict[str, str]:
    """The newest title of each notice, by its key."""
    titles = dict(ConsentText.objects.order_by("version").values_list("key", "title"))
    newest = ConsentText.objects.values("key").annotate(last=Max("version")).order_by("key")
    return {row["key"]: titles[row["key"]] for row in newest}


def terms() -> dict[str, str]:
    """The retention classes by their codes, each with its days.

    The term of drafts is a promise about drafts, and no question's.
    """
    classes = RetentionClass.objects.exclude(code=retention.DRAFT)
    return {
        one.code: _("%(name)s（%(days)d天）") % {"name": one.name, "days": one.days}
        for one in classes
    }
