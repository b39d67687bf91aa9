"""What the desk shows at once, and what it shows on request."""

from __future__ import annotations

import pytest

from forms.casework.masking import is_masked, masked


@pytest.mark.parametrize(
    ("field_type", "role", "sensitivity", "hidden"),
    [
        ("phone", "phone", "", True),
        ("email", "", "", True),
        ("identity", "", "", True),
        ("birth_date", "child_age", "", True),
        ("singleline", "child_name", "", True),
        ("singleline", "child_identity", "", True),
        ("singleline", "", "", False),
        ("singleline", "", "public", False),
        ("singleline", "", "personal", True),
        ("checkboxes", "", "sensitive", True),
        # Never less than what the question is by itself.
        ("phone", "", "internal", True),
        # What a case can't be handled without, and what is opened file by file.
        ("radio", "danger", "sensitive", False),
        ("multiline", "story", "", False),
        ("files", "", "sensitive", False),
    ],
)
def test_what_is_personal_is_shown_on_request(
    field_type: str, role: str, sensitivity: str, hidden: bool
) -> None:
    assert is_masked(field_type, role, sensitivity) is hidden


@pytest.mark.parametrize(
    ("field_type", "role", "text", "shown"),
    [
        ("phone", "phone", "13800138000", "138****8000"),
        ("identity", "", "居民身份证 210102201506010021", "居民身份证 210****21"),
        ("identity", "", "暂无证件", "暂无证件"),
        ("birth_date", "", "2015年6月1日", "2015****"),
        ("singleline", "child_name", "张三丰", "张*"),
        ("singleline", "child_identity", "210102201506010021", "210****21"),
        ("checkboxes", "", "康复救助", "****"),
        ("singleline", "", "", ""),
    ],
)
def test_a_mask_tells_what_it_must_and_no_more(
    field_type: str, role: str, text: str, shown: str
) -> None:
    assert masked(field_type, role, text) == shown
