"""What Wagtail leaves in English is said in Chinese: the catalogue in site/locale."""

from __future__ import annotations

import ast
import gettext
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import wagtail
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext as translated
from django.utils.translation import ngettext

from home.directory.models import User

CATALOGUES = settings.ROOT / "site" / "locale" / "zh_Hans" / "LC_MESSAGES"
DOMAINS = ("django", "djangojs")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
Message = tuple[str, str, str]


def messages(path: Path) -> Iterator[Message]:
    """Each entry of a .po file: its id, its plural id (or ""), its first text."""
    for entry in re.split(r"\n\s*\n", path.read_text()):
        fields: dict[str, str] = {}
        field = ""
        for line in entry.splitlines():
            named = re.match(r'(msg\w+(?:\[\d\])?) (".*")$', line)
            if named:
                field, quoted = named.groups()
                fields[field] = ast.literal_eval(quoted)
            elif line.startswith('"') and field:
                fields[field] += ast.literal_eval(line)
        if fields.get("msgid"):
            text = fields.get("msgstr", fields.get("msgstr[0]", ""))
            yield fields["msgid"], fields.get("msgid_plural", ""), text


def of_wagtail(domain: str, language: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in Path(wagtail.__file__).parent.rglob(f"{language}/LC_MESSAGES/{domain}.po"):
        for message, _, text in messages(path):
            found.setdefault(message, set()).add(text)
    return found


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_is_one_that_wagtail_still_has(domain: str) -> None:
    """After an upgrade: a message it has reworded is in English again."""
    known = of_wagtail(domain, "en")
    ours = {message for message, _, _ in messages(CATALOGUES / f"{domain}.po")}
    assert len(ours) > 20
    assert sorted(ours - set(known)) == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_message_repeats_what_wagtail_says_already(domain: str) -> None:
    theirs = of_wagtail(domain, "zh_Hans")
    for message, _, text in messages(CATALOGUES / f"{domain}.po"):
        assert theirs.get(message) != {text}, message


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_text_names_what_its_message_does_not_bring(domain: str) -> None:
    for message, plural, text in messages(CATALOGUES / f"{domain}.po"):
        assert text, message
        unknown = set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(message + plural))
        assert not unknown, (message, unknown)


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_served_is_what_is_written(domain: str) -> None:
    """The compiled file is committed beside its source; whoever edits one compiles the other."""
    with (CATALOGUES / f"{domain}.mo").open("rb") as compiled:
        served = gettext.GNUTranslations(compiled)
    written = list(messages(CATALOGUES / f"{domain}.po"))
    for message, plural, text in written:
        said = served.ngettext(message, plural, 2) if plural else served.gettext(message)
        assert said == text, message
    entries = [key for key in served._catalog if key]  # type: ignore[attr-defined]
    assert len(entries) == len(written)


def test_our_words_go_before_wagtails_own() -> None:
    assert of_wagtail("django", "zh_Hans")["Live"] == {"发布"}
    assert translated("Live") == "已发布"


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_plurals_are_said_in_chinese(number: int) -> None:
    one, many = (
        "%(num_parent_objects)d page has been published",
        "%(num_parent_objects)d pages have been published",
    )
    said = ngettext(one, many, number) % {"num_parent_objects": number}
    assert said == f"已发布 {number} 个页面"


def test_times_are_said_in_chinese() -> None:
    assert "ago" not in naturaltime(timezone.now() - timedelta(seconds=6))


def test_the_script_has_our_words_too(client: Client, db: None) -> None:
    client.force_login(User.objects.create_superuser("root", "root@example.org", "x"))
    script = client.get("/admin/jsi18n/").content.decode()
    assert json.dumps("插入内容块").strip('"') in script
