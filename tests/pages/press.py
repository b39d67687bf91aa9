"""A small house with editors and reviewers, and pages of each kind that it reviews."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from wagtail.models import Page, Site, Task, TaskState, Workflow, WorkflowPage, WorkflowState

from home.directory import roles
from home.directory.models import Area, Department, Role, Unit, User
from home.directory.services import grant
from home.pages.review import reference
from home.policies.models import Clause, PolicyIndexPage, PolicyIssuer, PolicyPage
from home.portal.models import HomePage, NewsIndexPage, NewsPage

TICKED = {"checked": True}


def client_of(user: User) -> Client:
    """The browser of this person, with the rights they have now."""
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


class House:
    """Civil affairs runs the site; education has a reviewer of its own."""

    def __init__(self) -> None:
        roles.ensure_groups()
        area = Area.objects.create(
            code="210000", name="辽宁省", full_name="辽宁省", level="province"
        )
        self.civil = self._department("civil-affairs", "省民政厅", "民政")
        self.education = self._department("education", "省教育厅", "教育")
        self.units = {
            department.code: Unit.objects.create(
                department=department, area=area, name=department.name
            )
            for department in (self.civil, self.education)
        }
        self.home = self._home()
        self.policies = self.add(self.home, PolicyIndexPage(title="政策文件", slug="policies"))
        self.news = self.add(self.home, NewsIndexPage(title="工作动态", slug="news"))
        reference.load()
        self.editor = self.person("editor", Role.EDITOR)
        self.first = self.person("first", Role.REVIEWER)
        self.second = self.person("second", Role.REVIEWER)
        self.third = self.person("third", Role.REVIEWER)

    @staticmethod
    def _department(code: str, name: str, short: str) -> Department:
        return Department.objects.create(code=code, name=name, short_name=short, local_name=short)

    @staticmethod
    def _home() -> HomePage:
        root = Page.objects.get(depth=1)
        Page.objects.filter(depth=2).delete()
        root.refresh_from_db()
        home = root.add_child(instance=HomePage(title="童伴", slug="home"))
        Site.objects.update_or_create(
            is_default_site=True, defaults={"hostname": "localhost", "port": 80, "root_page": home}
        )
        return home

    @staticmethod
    def add(parent: Page, page: Page) -> Any:
        parent.refresh_from_db()
        return parent.add_child(instance=page)

    def person(self, username: str, role: Role, unit: str = "civil-affairs") -> User:
        user = User.objects.create_user(
            username,
            f"{username}@example.org",
            "一二三四五6",
            last_name="示例",
            first_name=username,
        )
        grant(user, self.units[unit], role)
        return User.objects.get(pk=user.pk)

    def person_also(self, user: User, role: Role) -> None:
        grant(user, self.units["civil-affairs"], role)

    def superuser(self) -> User:
        return User.objects.create_superuser("root", "root@example.org", "一二三四五6")

    def draft_news(self, slug: str = "one", title: str = "一条新闻") -> NewsPage:
        page = self.add(
            self.news, NewsPage(title=title, slug=slug, body="<p>正文。</p>", live=False)
        )
        page.save_revision(user=self.editor)
        return NewsPage.objects.get(pk=page.pk)

    def draft_policy(self, slug: str = "lmf-2025-1", lead: Department | None = None) -> PolicyPage:
        page = PolicyPage(
            title="关于做好示例工作的通知",
            slug=slug,
            document_number="辽民发〔2025〕1号",
            adopted_on=date(2025, 1, 6),
            published_on=date(2025, 1, 10),
            live=False,
        )
        page.issuers.set([PolicyIssuer(name=(lead or self.civil).name, department=lead)])
        page.clauses.set(
            [
                Clause(key="1", number="一、", heading="总则", text="第一段。", sort_order=0),
                Clause(key="2", number="二、", heading="任务", text="第二段。", sort_order=1),
            ]
        )
        page = self.add(self.policies, page)
        page.save_revision(user=self.editor)
        return PolicyPage.objects.get(pk=page.pk)

    @staticmethod
    def submit(page: Page, user: User) -> WorkflowState:
        page = Page.objects.get(pk=page.pk).specific
        return page.get_workflow().start(page, user)

    @staticmethod
    def state(page: Page) -> TaskState:
        state = Page.objects.get(pk=page.pk).current_workflow_task_state
        assert state is not None
        return state

    def approve(self, page: Page, user: User, **answers: Any) -> None:
        state = self.state(page)
        task = state.task.specific
        given = {"checked": task.points, "comment": ""} | answers
        task.on_action(state, User.objects.get(pk=user.pk), "approve", **given)

    def send_back(self, page: Page, user: User, comment: str = "请改正日期。") -> None:
        state = self.state(page)
        state.task.specific.on_action(
            state, User.objects.get(pk=user.pk), "reject", comment=comment
        )

    def publish_by_review(self, page: Page) -> None:
        """The whole way: submitted by the editor, approved by as many as are asked."""
        self.submit(page, self.editor)
        for person in (self.first, self.second, self.third):
            if not Page.objects.get(pk=page.pk).workflow_in_progress:
                return
            self.approve(page, person)

    @staticmethod
    def group_workflow(page: Page) -> Workflow:
        """What an administrator may set up: one group, one nod."""
        from wagtail.models import GroupApprovalTask, WorkflowTask

        task = GroupApprovalTask.objects.create(name="一人点头")
        task.groups.add(Group.objects.get(name=roles.group_name(Role.REVIEWER)))
        workflow = Workflow.objects.create(name="简单流程")
        WorkflowTask.objects.create(
            workflow=workflow, task=Task.objects.get(pk=task.pk), sort_order=0
        )
        WorkflowPage.objects.update_or_create(page=page, defaults={"workflow": workflow})
        return workflow
