"""Who may consent for a child is told at the box that was ticked, wherever the form asks for it."""

from __future__ import annotations

import pytest

from forms.builder.kinds import FieldType
from forms.builder.models import FormField, Submission
from forms.builder.selectors import answers_of
from forms.vault.models import Consent
from tests.builder.conftest import TestHandler
from tests.builder.steps import SCREEN_2, WHO, Walker, make_steps_page, row

AGE, CONSENT, PHOTO = "f00000000e1", "f00000000e2", "f00000000e3"
WRITERS = [("self", "本人"), ("parent", "父母"), ("neighbour", "邻居")]
STORY = "f0000000002"


def who() -> FormField:
    return row(WHO, "您是孩子的什么人", "radio", role="applicant", choices=WRITERS)


def age() -> FormField:
    return row(AGE, "孩子几岁", "number", role="child_age", required=False)


def boxes() -> list[FormField]:
    return [
        row(CONSENT, "同意", "consent", role="consent", text_key="sign-up-notice"),
        row(PHOTO, "拍照", "consent", required=False, text_key="photo-consent"),
    ]


def story() -> FormField:
    return row(STORY, "情况", "multiline", role="story")


def screen(key: str) -> FormField:
    return row(key, "下一页", FieldType.SCREEN)


def walker_on(*rows: FormField) -> Walker:
    walker = Walker(make_steps_page(list(rows)))
    walker.open()
    return walker


def ticked(**more: str) -> dict[str, str]:
    return {CONSENT: "sign-up-notice.1", **more}


def at_the_box(walker: Walker, key: str = CONSENT) -> str:
    """What stands wrong at this box; it must stand in the summary as well, with a link there."""
    assert f'href="#id_{key}"' in walker.html or f"#id_{key}" in walker.html
    _before, _id, after = walker.html.partition(f'id="id_{key}_error"')
    return after.partition("</div>")[0]


@pytest.mark.parametrize(
    ("writer", "years", "sentence"),
    [
        ("self", "13", "不满14周岁"),
        ("self", "", "请填写年龄"),
        ("neighbour", "8", "别人不能代为同意"),
    ],
)
def test_it_is_said_on_a_form_of_one_screen(
    db: None, handler: TestHandler, writer: str, years: str, sentence: str
) -> None:
    walker = walker_on(who(), age(), story(), *boxes())
    walker.press(**ticked(**{WHO: writer, AGE: years, STORY: "想报名"}))
    assert walker.response.status_code == 422
    assert sentence in at_the_box(walker)
    assert "想报名" in walker.html
    assert not Submission.objects.exists()


def test_it_is_said_where_the_age_was_asked_before(db: None, handler: TestHandler) -> None:
    walker = walker_on(who(), age(), screen(SCREEN_2), story(), *boxes())
    walker.press(**{WHO: "self", AGE: "13"})
    walker.press(**ticked(**{STORY: "想报名", PHOTO: "photo-consent.1"}))
    assert walker.response.status_code == 422
    assert "不满14周岁" in at_the_box(walker)
    assert "不满14周岁" in at_the_box(walker, PHOTO)


def test_it_is_said_where_the_age_is_asked_afterwards(db: None, handler: TestHandler) -> None:
    walker = walker_on(story(), *boxes(), screen(SCREEN_2), who(), age())
    walker.press(**ticked(**{STORY: "想报名"}))
    # Nobody knows yet who is writing: nothing is held against anybody.
    assert walker.response.status_code == 200
    walker.press(**{WHO: "neighbour", AGE: "8"})
    assert "screen=check" in walker.url
    assert "别人不能代为同意" in walker.html
    walker.press()
    assert walker.response.status_code == 422
    assert not Submission.objects.exists()
    walker.open(f"{walker.url.replace('screen=check', 'screen=2')}&back=check")
    walker.press(**{WHO: "parent", AGE: "8"})
    assert "别人不能代为同意" not in walker.html
    walker.press()
    assert Consent.objects.get().given_by == Consent.GivenBy.GUARDIAN


@pytest.mark.parametrize("steps", [True, False])
def test_photos_not_agreed_to_keep_nobody_from_sending(
    db: None, handler: TestHandler, steps: bool
) -> None:
    between = [screen(SCREEN_2)] if steps else []
    walker = walker_on(who(), age(), story(), *between, *boxes())
    first = {WHO: "parent", AGE: "8", STORY: "想报名"}
    if steps:
        walker.press(**first)
        walker.press(**ticked())
        walker.press()
    else:
        walker.press(**first | ticked())
    assert 'class="receipt"' in walker.html
    assert answers_of(Submission.objects.get()).by_key[PHOTO] == ""
    assert [one.text.key for one in Consent.objects.all()] == ["sign-up-notice"]
