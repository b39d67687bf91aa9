"""What a person typed, taken from a form that can't be answered as it should be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpRequest

NOT_TYPED = frozenset({"csrfmiddlewaretoken", "submission_key", "form_version", "next"})
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# A form of ours has some thirty fields. Past this many the rest is given back in one box.
MOST_BOXES = 100


def typed_texts(request: HttpRequest) -> list[str]:
    """What was typed or chosen, in the order of the form; at most MOST_BOXES texts.

    Staff forms give nothing back: a password may be among them.
    """
    if request.path.startswith("/admin/"):
        return []
    texts = list(_texts(request))
    if len(texts) > MOST_BOXES:
        texts[MOST_BOXES - 1 :] = ["\n".join(texts[MOST_BOXES - 1 :])]
    return texts


def _texts(request: HttpRequest) -> Iterator[str]:
    for name, values in request.POST.lists():
        if name in NOT_TYPED or "password" in name:
            continue
        for value in values:
            text = UNREADABLE.sub("", str(value)).strip()
            if text:
                yield text
