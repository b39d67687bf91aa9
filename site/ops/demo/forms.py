"""The demo's forms: /requests/help/, with the questions of a real request, and the corrections'."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Page, Site

from forms.builder.exchange import make_draft
from forms.builder.models import FormPage, RequestIndexPage
from forms.builder.patterns import document_of
from forms.builder.services import FieldSpec, create_form
from home.policies.models import FeedbackSettings

INDEX_SLUG = "requests"
FORM_SLUG = "help"
CORRECTION_SLUG = "correction"
LIVING_SLUG = "living"


def load() -> str:
    """Makes the index and the forms where they are missing; what an editor changed stands."""
    with transaction.atomic():
        index = _index(Site.objects.get(is_default_site=True).root_page)
        there = set(FormPage.objects.child_of(index).values_list("slug", flat=True))
        made = [
            make(index)
            for slug, make in (
                (FORM_SLUG, _help),
                (CORRECTION_SLUG, _correction),
                (LIVING_SLUG, _living),
            )
            if slug not in there
        ]
        _lead_corrections_to(FormPage.objects.child_of(index).get(slug=CORRECTION_SLUG))
    return f"{len(made)} forms made, {len(there)} there already"


def _help(index: RequestIndexPage) -> FormPage:
    return create_form(
        index,
        title=_("生活与权益求助"),
        slug=FORM_SLUG,
        kind="request",
        intro=_(
            "孩子在生活、上学、看病、住房、康复、心理、监护、就业等方面遇到困难，可以在这里告诉我们。"
            "不用注册。提交后会给您受理编号和查询码。"
        ),
        fields=_questions(),
    )


def _living(index: RequestIndexPage) -> FormPage:
    """One of the templates as it is: a form of several screens, with a group and files."""
    page = make_draft(index, document_of(LIVING_SLUG))
    page.slug = LIVING_SLUG
    page.save()
    page.save_revision().publish()
    return page


def _correction(index: RequestIndexPage) -> FormPage:
    return create_form(
        index,
        title=_("政策条款纠错"),
        slug=CORRECTION_SLUG,
        kind="correction",
        intro=_(
            "发现政策条款的文字有错、链接打不开或者内容过时，请告诉我们。"
            "不需要填写姓名、电话等个人信息。提交后会给您受理编号和查询码，可以查看答复。"
        ),
        fields=_correction_questions(),
    )


def _lead_corrections_to(form: FormPage) -> None:
    """Where 我要纠错 leads, unless somebody has chosen a form already."""
    settings = FeedbackSettings.load()
    if settings.correction_form_id is None:
        settings.correction_form_id = form.pk
        settings.save()


def _index(home: Page) -> RequestIndexPage:
    index = RequestIndexPage.objects.child_of(home).filter(slug=INDEX_SLUG).first()
    if index is None:
        index = RequestIndexPage(
            title=_("我要求助"),
            slug=INDEX_SLUG,
            intro=_("选一张表，告诉我们孩子遇到了什么困难。负责的单位会受理并答复。"),
            show_in_menus=True,
            live=False,
        )
        home.add_child(instance=index)
        index.save_revision().publish()
    return index


def _correction_questions() -> list[FieldSpec]:
    return [
        FieldSpec(_("您要纠错的条款"), "clause", "clause", required=False),
        FieldSpec(
            _("哪里不对"),
            "radio",
            choices=[
                ("text", _("文字有错")),
                ("link", _("链接打不开，或者通向别处")),
                ("outdated", _("内容过时")),
                ("other", _("其他")),
            ],
        ),
        FieldSpec(
            _("有问题的文字"),
            "multiline",
            help_text=_("把有问题的那句话抄在这里。请不要写姓名、电话和证件号码。"),
        ),
        FieldSpec(
            _("您认为应当是什么"),
            "multiline",
            required=False,
            help_text=_("不知道可以不填。"),
        ),
        FieldSpec(
            _("依据"),
            "singleline",
            required=False,
            help_text=_("例如文件名称、发文字号或者网址。"),
        ),
    ]


def _questions() -> list[FieldSpec]:
    return [
        FieldSpec(
            _("孩子现在是否处于危险中"),
            "radio",
            "danger",
            choices=[("no", _("没有")), ("yes", _("有，孩子现在或随时可能受到伤害"))],
        ),
        FieldSpec(
            _("您是孩子的什么人"),
            "radio",
            "applicant",
            choices=[
                ("parent", _("父亲或母亲")),
                ("guardian", _("其他监护人，例如祖父母、外祖父母")),
                ("self", _("我就是需要帮助的孩子")),
                ("relative", _("亲属或邻居")),
                ("teacher", _("老师")),
                ("worker", _("儿童主任、村（居）委会或其他工作人员")),
                ("other", _("其他人")),
            ],
        ),
        FieldSpec(
            _("孩子多大了"),
            "radio",
            "age_group",
            help_text=_("不止一个孩子时，请按最小的孩子选。"),
            choices=[
                ("0-5", _("0至5岁")),
                ("6-13", _("6至13岁")),
                ("14-15", _("14至15岁")),
                ("16-17", _("16至17岁")),
            ],
        ),
        FieldSpec(
            _("需要哪方面的帮助"),
            "radio",
            "matter",
            help_text=_("拿不准就选“综合咨询”。"),
            why=_("决定由哪个部门办理。"),
            choices=[
                ("living", _("生活救助")),
                ("education", _("教育入学")),
                ("medical", _("医疗医保")),
                ("housing", _("住房保障")),
                ("rehabilitation", _("残疾康复")),
                ("mental", _("心理关爱")),
                ("guardianship", _("监护与保护")),
                ("employment", _("就业帮扶")),
                ("general", _("综合咨询")),
            ],
        ),
        FieldSpec(
            _("孩子现在住在哪里"),
            "residence_area",
            "residence",
            why=_("由孩子居住地的单位办理。不用写门牌号。"),
        ),
        FieldSpec(
            _("孩子的户籍在哪里"),
            "area",
            "registration",
            why=_("有些帮助要由户籍地办理。"),
        ),
        FieldSpec(
            _("发生了什么，希望得到什么帮助"),
            "multiline",
            "story",
            help_text=_("用自己的话写就行，不需要写孩子的全名和身份证号。"),
        ),
        FieldSpec(_("联系电话"), "phone", "phone", why=_("承办单位用它联系您。")),
        FieldSpec(
            _("什么时候方便接电话"),
            "singleline",
            "safe_time",
            required=False,
            help_text=_("例如：周末下午，晚上请不要打。"),
            why=_("免得在您不方便说话的时候打来。"),
        ),
        FieldSpec(
            _("电子邮箱"),
            "email",
            "email",
            required=False,
            help_text=_("填写后，进度有变化时会收到提醒；邮件里不写孩子的情况。"),
        ),
        FieldSpec(_("个人信息告知"), "consent", "consent", text_key="request-notice"),
    ]
