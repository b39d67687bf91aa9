"""What every installation has: the rows that Wagtail makes, under names in Chinese."""

from __future__ import annotations

from wagtail.models import Page, Task, Workflow

from home.portal import reference


def test_the_rows_wagtail_makes_get_chinese_names_and_keep_what_people_gave(db: None) -> None:
    assert reference.load().startswith("3 ")
    assert Page.objects.get(depth=1).title == "全部页面"
    assert set(Workflow.objects.values_list("name", flat=True)) == {"发布审核"}
    assert set(Task.objects.values_list("name", flat=True)) == {"审核人审核"}
    Workflow.objects.update(name="厅办审核")
    assert reference.load().startswith("0 ")
    assert Workflow.objects.get().name == "厅办审核"
