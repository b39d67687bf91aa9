"""A title with book marks of its own is named in marks of the inner kind."""

from __future__ import annotations

from home.pages.titles import inside_marks


def test_marks_inside_a_title_become_the_inner_ones() -> None:
    assert inside_marks("关于印发《方案（示例）》的通知") == "关于印发〈方案（示例）〉的通知"
    assert inside_marks("没有书名号的标题") == "没有书名号的标题"
