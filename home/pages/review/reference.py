"""The workflow 三审三校 for the sections, made once; afterwards it is the administrators' own."""

from __future__ import annotations

from django.db import transaction
from wagtail.models import Page, Workflow, WorkflowPage, WorkflowTask

from home.directory.models import Department
from home.pages.models import BasePage
from home.pages.review.models import ReviewSettings, ReviewTask, Stage

WORKFLOW = "三审三校"
HOUSE = "civil-affairs"
# What is read again at each stage: the usual points of 三审三校, the administrators' to change.
CHECKLISTS: dict[int, tuple[str, ...]] = {
    Stage.FIRST: (
        "文字、标点、数字无误",
        "标题、发文字号、日期与原件一致",
        "层级和序号连续",
        "没有不应公开的个人信息",
    ),
    Stage.SECOND: (
        "内容符合原文和政策口径",
        "引用的文件、条款准确",
        "责任部门和联系方式准确",
        "解读与条款的关联正确",
    ),
    Stage.FINAL: ("同意公开", "没有涉密和不应公开的内容", "前面各审的意见已经处理"),
}


@transaction.atomic
def load() -> str:
    """Makes the stages and gives the workflow to the sections that hold reviewed pages.

    Only on a site that has none of these stages yet: what administrators changed or took away
    since stays as they left it.
    """
    if ReviewTask.objects.exists():
        return "review: there already"
    settings = ReviewSettings.load()
    if settings.house_department_id is None:
        settings.house_department = Department.objects.filter(code=HOUSE).first()
        settings.save()
    workflow = Workflow.objects.create(name=WORKFLOW)
    for order, stage in enumerate(Stage):
        task = ReviewTask.objects.create(
            name=str(stage.label), stage=stage, checklist="\n".join(CHECKLISTS[stage])
        )
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=order)
    given = 0
    for section in _sections():
        _row, created = WorkflowPage.objects.get_or_create(
            page=section, defaults={"workflow": workflow}
        )
        given += created
    return f"review: {WORKFLOW} given to {given} sections"


def _sections() -> list[Page]:
    """The pages below which there may be pages of a reviewed kind, and no others."""
    return [
        page
        for page in Page.objects.filter(depth=3)
        if any(
            getattr(kind, "review_kind", "")
            for kind in page.specific_class.allowed_subpage_models()
            if issubclass(kind, BasePage)
        )
    ]
