"""One number, however it is written."""

import pytest

from forms.vault.identifiers import is_phone, normalise_identity, normalise_phone


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "+86 138 0013 8000",
        "+8613800138000",
        "008613800138000",
        "86 13800138000",
        "（＋８６）13800138000",
        "\u200b138\u200d00138000\ufeff",
        "138\u00a00013\u30008000",
    ],
)
def test_a_mobile_number_has_one_normal_form(written: str) -> None:
    assert normalise_phone(written) == "13800138000"
    assert is_phone(normalise_phone(written))


@pytest.mark.parametrize("written", ["024-12345678", "(024) 1234 5678", "+86 24 12345678"])
def test_a_landline_has_one_normal_form(written: str) -> None:
    assert normalise_phone(written) == "02412345678"
    assert is_phone("02412345678")


@pytest.mark.parametrize(
    "number",
    ["", "110", "12345678901", "1380013800", "138001380001", "abc", "٣" * 11, "1²345678901"],
)
def test_what_is_no_phone_number_is_not_taken_for_one(number: str) -> None:
    assert not is_phone(normalise_phone(number))


def test_an_identity_number_has_one_normal_form() -> None:
    assert normalise_identity(" 110105 19491231 002x") == "11010519491231002X"
    assert normalise_identity("１１０１０５１９４９１２３１００２Ｘ") == "11010519491231002X"
