"""What a reader sees marked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.highlight import ELLIPSIS, highlight
from search.analysis.normalise import readable

CLAUSE = (
    "各市残联要保障流动残疾儿童在居住地申请和享受康复救助。各市医保部门要持续推动流动儿童持居住证在居住地"
    "参加居民医保工作,落实异地就医结算,确保参保儿童医疗保障权益。根据辽民发〔2025〕10号文件,畅通12355青少年"
    "服务台等预防转介干预就医通道。各市要鼓励支持自然人、法人及其他组织以捐赠财产、设立项目等方式开展帮扶。"
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=120)


def hits(text: str, query: str) -> list[str]:
    return [segment.text for segment in highlight(text, query) if segment.hit]


def test_traditional_characters_mark_the_simplified_text() -> None:
    assert hits(CLAUSE, "居住證") == ["居住证"]


def test_simplified_characters_mark_the_traditional_text_as_it_is_written() -> None:
    assert hits("流動兒童的居住證", "居住证") == ["居住證"]


def test_a_document_number_is_marked_whole_whatever_its_spelling() -> None:
    assert hits(CLAUSE, "辽民发2025 10号") == ["辽民发〔2025〕10号"]


def test_digits_are_marked_as_a_whole_or_not_at_all() -> None:
    assert hits(CLAUSE, "12355") == ["12355"]
    assert hits(CLAUSE, "123") == []


def test_a_word_is_not_marked_where_two_others_meet() -> None:
    assert hits("开发展示平台,促进发展", "发展") == ["发展"]


def test_parts_of_a_word_are_not_marked_where_the_word_itself_stands() -> None:
    assert hits("持居住证在居住地申请", "居住证") == ["居住证"]


def test_a_piece_of_a_word_marks_the_whole_word() -> None:
    assert hits("做好义务教育工作", "务教") == ["义务教育"]


def test_what_documents_say_is_marked_for_what_families_say() -> None:
    assert hits("发放最低生活保障金", "低保") == ["最低生活保障"]


def test_a_part_of_what_documents_say_is_not_marked() -> None:
    assert hits("落实教育保障政策", "孩子上学") == []


def test_full_width_and_letters_of_any_case_are_marked() -> None:
    assert hits("下载ＡＰＰ办理", "app") == ["ＡＰＰ"]


def test_a_snippet_shows_the_place_of_the_hit_from_the_beginning_of_a_sentence() -> None:
    segments = highlight(CLAUSE, "12355", length=60)
    text = "".join(segment.text for segment in segments)
    assert text.startswith(f"{ELLIPSIS}根据辽民发〔2025〕10号文件,畅通12355")
    assert text.endswith(ELLIPSIS)
    assert len(text) <= 60 + 2


def test_a_snippet_chooses_the_place_that_holds_most_of_the_query() -> None:
    text = "".join(s.text for s in highlight(CLAUSE, "居住证 医保 异地就医", length=60))
    assert "持居住证在居住地参加居民医保工作,落实异地就医结算" in text


def test_without_a_hit_the_snippet_is_the_beginning() -> None:
    segments = highlight(CLAUSE, "宠物", length=20)
    assert [segment.hit for segment in segments] == [False, False]
    assert segments[0].text == CLAUSE[:20]


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_marking_changes_no_text(text: str, query: str) -> None:
    shown = "".join(segment.text for segment in highlight(text, query))
    assert "".join(shown.split()) == "".join(readable(text).split())
