"""Corrections by readers: what a form of the kind "correction" sets off, and how they are counted.

A correction is a case like any other, with two differences: it is the document's leading department
that answers for it, and nobody is asked who sends it.
"""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.builder.handlers import Answers, Receipt
from forms.builder.models import FormPage, Submission
from forms.casework.handler import RequestHandler, case_of, who_and_by_when
from forms.casework.models import Case, CorrectedClause, Matter
from forms.casework.routing import GUARDIAN_DEPARTMENT, Decision, route_to_department
from forms.casework.services import open_case
from home.directory.selectors import departments_by_name
from home.pages.titles import inside_marks
from home.policies.feedback import CitedClause, as_edition_has_it, cited_clause
from home.policies.models import Clause, PolicyPage

KIND = "correction"


class CorrectionHandler(RequestHandler):
    """Turns a correction into a case (see `forms.builder.handlers.Handler`)."""

    required_roles = ("clause",)
    asks_nothing_personal = True
    # A careful reader reports several mistakes of one document; an office shares an address.
    sendings_per_hour = 20
    received_label = gettext_lazy("收到您的纠错")

    def choices(self, page: FormPage, role: str) -> list[tuple[str, str]] | None:
        """The form's own choices count."""
        return None

    def receive(self, submission: Submission, answers: Answers) -> None:
        clause = cited_clause(answers.text("clause"), public_only=False)
        case = open_case(submission, Matter.CORRECTION, route_correction(clause))
        if clause is not None:
            CorrectedClause.objects.create(
                case=case, clause_key=clause.clause_key, edition=clause.edition
            )

    def receipt(self, submission: Submission) -> Receipt:
        return Receipt(
            result="received",
            heading=_("已收到您的纠错"),
            sentences=who_and_by_when(case_of(submission)),
        )


def route_correction(clause: CitedClause | None) -> Decision:
    """The provincial unit of the document's leading department: the first of its issuers."""
    if clause is None:
        return route_to_department(GUARDIAN_DEPARTMENT, [_("没有指明条款，由省级民政部门办理。")])
    policy: PolicyPage = clause.clause_key.policy
    title = inside_marks(policy.title)
    lead = policy.lead_issuer
    if lead is None:
        sentence = _("《%(title)s》没有写发文机关，由省级民政部门办理。")
        return route_to_department(
            GUARDIAN_DEPARTMENT, [sentence % {"title": inside_marks(policy.title)}]
        )
    department = lead.department or departments_by_name().get(lead.name)
    said = {"title": title, "issuer": lead.name}
    if department is None:
        sentence = _("《%(title)s》的牵头机关%(issuer)s不在部门名录里，由省级民政部门办理。")
        return route_to_department(GUARDIAN_DEPARTMENT, [sentence % said])
    sentence = _("纠错由文件的牵头部门办理：《%(title)s》由%(issuer)s牵头。")
    return route_to_department(department.code, [sentence % said])


def clause_of(case: Case) -> tuple[CitedClause | None, bool]:
    """The clause a correction is about, as it was read, and whether its text is another one now.

    At most two queries.
    """
    row = (
        CorrectedClause.objects.filter(case=case)
        .select_related("clause_key__policy", "edition")
        .first()
    )
    if row is None:
        return None, False
    cited = as_edition_has_it(row.clause_key, row.edition)
    if cited is None:
        return None, False
    now = Clause.objects.filter(page=row.clause_key.policy_id, key=row.clause_key.key)
    same = now.filter(heading=cited.heading, text=cited.text).exists()
    return cited, not same


def counted(edition: int | None) -> dict[str, Subquery]:
    """How many corrections of a clause are open and closed, for a query over clause keys."""

    def how_many(**which: bool) -> Subquery:
        rows: QuerySet[CorrectedClause] = CorrectedClause.objects.filter(
            clause_key=OuterRef("pk"), **{f"case__{name}": value for name, value in which.items()}
        )
        if edition is not None:
            rows = rows.filter(edition__number=edition)
        grouped = rows.order_by().values("clause_key").annotate(number=Count("pk"))
        return Subquery(grouped.values("number"))

    return {"open": how_many(is_open=True), "closed": how_many(is_open=False)}
