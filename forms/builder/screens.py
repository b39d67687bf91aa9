"""A form that is filled in screen by screen: every answer to a request is a 303 to the next page.

Its addresses carry the draft's name, which opens nothing, and where one is: `screen` is a number,
"check" (all answers once more), "saved" (the code) or "changed" (the form was published anew).
What the buttons send:

    (nothing)      on to the next screen, or from "check" to the receipt
    _previous      back, keeping what stands here
    _save          keeps what stands here and shows the code
    _upload=KEY    takes in the files chosen for a question;  _remove=UUID  erases one
    _add=KEY       one more of a group;  _drop=KEY-PLACE  one less
    _refine        the areas below the chosen one
    _give_up       erases the draft;  _go_on  accepts the new version
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from forms.builder import attachments, drafts, floods, holding, receipts, showing
from forms.builder.answer_form import AnswerForm
from forms.builder.areas import REFINE
from forms.builder.filling import Filling, Step, own_names, prefixes, regrouped
from forms.builder.handlers import Refused
from forms.builder.kinds import FieldType
from forms.builder.models import Draft, FormPage, FormVersion
from forms.builder.outline import Screen, outline
from forms.builder.questions import Question, from_schema
from forms.builder.selectors import submission_with_key
from forms.builder.services import OtherAnswers, rehearse, submit
from forms.builder.showing import CHANGED, CHECK, SAVED
from forms.vault.inspection import FileRefused
from forms.vault.services import Unreadable
from forms.vault.uploading import room_left
from home.pages import limits

logger = logging.getLogger(__name__)
# Buttons after which one is on the same screen, at the question that begins their value.
STAYING = ("_upload", "_remove", "_add", "_drop", REFINE)
# By one address, in an hour: a school or a village office may stand behind it.
DRAFTS_PER_ADDRESS = 120
UPLOADS_PER_ADDRESS = 600
MEGABYTES_PER_ADDRESS = 2_000
MEGABYTE = 1024 * 1024


def see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def answer(
    page: FormPage, version: FormVersion, request: HttpRequest, *, is_trial: bool = False
) -> HttpResponse:
    """The answer of such a form to any request."""
    name = request.GET.get("draft", "")
    if not name:
        if request.method == "POST":
            return _begin(page, version, request, is_trial=is_trial)
        return _first_screen(page, version, request, is_trial=is_trial)
    draft = drafts.find(name) if holding.holds(request, name) else None
    if draft is None or draft.form_version.page_id != page.pk:
        return _gone(page, request, name)
    visit = Visit(page, version, request, draft, is_trial=is_trial)
    try:
        return visit.received() if request.method == "POST" else visit.show()
    except (Draft.DoesNotExist, Unreadable):
        return _gone(page, request, name)


def _first_screen(
    page: FormPage,
    version: FormVersion,
    request: HttpRequest,
    *,
    is_trial: bool,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Empty, or with what was typed where it was sent and not taken."""
    typed = {name: [str(one) for one in sent] for name, sent in request.POST.lists()}
    about = request.GET.get("about", "")
    filling = Filling(page, from_schema(version.schema), typed, about=about)
    if not filling.steps:
        raise Http404("This form asks nothing.")
    step = filling.steps[0]
    return showing.show_screen(
        page,
        request,
        filling,
        step,
        filling.unjudged(step),
        submission_key=secrets.token_hex(16),
        version_number=version.number,
        is_trial=is_trial,
        begun=holding.drafts_held(request, page),
        status=status,
        **context,
    )


def _begin(
    page: FormPage, version: FormVersion, request: HttpRequest, *, is_trial: bool
) -> HttpResponse:
    """The first thing sent makes the draft; sent again, it is the same draft."""
    if name := request.POST.get("_give_up"):
        return _give_up(page, request, name)
    key = request.POST.get("submission_key", "")
    if not drafts.is_key(key):
        key = secrets.token_hex(16)
    first = submission_with_key(key)
    if first is not None:
        return showing.arrived(page, request, first)
    if drafts.find(drafts.name_for(key)) is None and not is_trial:
        verdict = floods.judge(request, "draft", page.pk, DRAFTS_PER_ADDRESS)
        if verdict == floods.Verdict.TRAPPED:
            return _first_screen(
                page, version, request, is_trial=is_trial, status=422, **floods.trapped(request)
            )
        if verdict == floods.Verdict.TOO_MANY:
            return showing.too_many(page, request)
        if room_left() <= 0:
            logger.error("No form is begun: less than UPLOAD_KEEPS_FREE is free on the disk.")
            return showing.not_received(request)
    draft = drafts.begin(version, {}, submission_key=key)
    if draft.form_version.page_id != page.pk or draft.expires_at <= timezone.now():
        # The key of another form's draft, or of one whose thirty days are over: this is a new one.
        draft = drafts.begin(version, {}, submission_key=secrets.token_hex(16))
    visit = Visit(page, version, request, draft, is_trial=is_trial)
    response = visit.received()
    holding.give(request, response, page, draft.name)
    return response


def _give_up(page: FormPage, request: HttpRequest, name: str) -> HttpResponse:
    response = see_other(str(page.url))
    if holding.holds(request, name):
        draft = drafts.find(name)
        if draft is not None:
            drafts.give_up(draft)
        holding.take_away(response, page, [name])
    return response


def _gone(page: FormPage, request: HttpRequest, name: str) -> HttpResponse:
    """The draft was sent, is too old, or belongs to another browser."""
    key = request.POST.get("submission_key", "")
    if holding.holds(request, name) and drafts.is_key(key) and drafts.name_for(key) == name:
        first = submission_with_key(key)
        if first is not None and first.form_version.page_id == page.pk:
            recently = timezone.now() - timedelta(seconds=receipts.MINUTES_30)
            if request.GET.get("screen") == CHECK and first.submitted_at > recently:
                return receipts.hand_over(request, first)
            return showing.arrived(page, request, first)
    return showing.draft_gone(page, request, was_sent=holding.was_sent(request, name))


class Visit:
    """One request to a draft that this browser holds."""

    def __init__(
        self,
        page: FormPage,
        version: FormVersion,
        request: HttpRequest,
        draft: Draft,
        *,
        is_trial: bool,
    ) -> None:
        self.page = page
        self.version = version
        self.request = request
        self.draft = draft
        self.is_trial = is_trial
        self.back = request.GET.get("back") == CHECK
        self.questions = from_schema(draft.form_version.schema)

    # ── showing ─────────────────────────────────────────────────────────────────────────────────

    def show(self) -> HttpResponse:
        where = self.request.GET.get("screen", "")
        if self.draft.form_version_id != self.version.pk:
            new = from_schema(self.version.schema)
            return showing.show_change(self.page, self.request, self.draft, self.questions, new)
        if where == SAVED and self.draft.code_digest:
            return showing.show_code(self.page, self.request, self.draft)
        filling = self.filling()
        if where == CHECK:
            return self._show_check(filling)
        step = filling.step(int(where)) if where.isdecimal() and len(where) < 4 else None
        if step is None or step.number > self.draft.screen:
            return see_other(self._where_it_stands(filling))
        return self._show_screen(filling, step, filling.unjudged(step))

    def _at(self, screen: int | str, *, back: bool = False) -> str:
        return showing.address(self.page, self.draft, screen, back=back)

    def filling(self) -> Filling:
        return Filling(self.page, self.questions, drafts.typed_in(self.draft), files=self._files())

    def _files(self) -> dict[str, list[attachments.Attached]]:
        if any(question.type == FieldType.FILES for question in self.questions):
            return attachments.attached_to(self.draft.submission_uuid)
        return {}

    def _where_it_stands(self, filling: Filling) -> str:
        """The furthest screen reached, or the first that has become open again."""
        reached = [step for step in filling.steps if step.number <= self.draft.screen]
        open_step = next((step for step in reached if not step.is_answered), None)
        step = open_step or (reached[-1] if reached else filling.steps[0])
        return self._at(step.number)

    def _show_screen(
        self, filling: Filling, step: Step, form: AnswerForm, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        return showing.show_screen(
            self.page,
            self.request,
            filling,
            step,
            form,
            status=status,
            draft=self.draft,
            submission_key=self.draft.submission_key,
            version_number=self.draft.form_version.number,
            is_trial=self.is_trial,
            back=self.back,
            action=self._at(step.number, back=self.back),
            **context,
        )

    def _show_check(self, filling: Filling, *, status: int = 200, **context: Any) -> HttpResponse:
        return showing.show_check(
            self.page,
            self.request,
            filling,
            draft=self.draft,
            is_trial=self.is_trial,
            status=status,
            **context,
        )

    # ── receiving ───────────────────────────────────────────────────────────────────────────────

    def received(self) -> HttpResponse:
        """The answer to what was sent, or its text again where it is too much to be kept."""
        try:
            return self.receive()
        except drafts.TooLong:
            return showing.too_long(self.request)

    def receive(self) -> HttpResponse:
        post = self.request.POST
        where = post.get("screen") or self.request.GET.get("screen", "")
        if "_give_up" in post:
            return _give_up(self.page, self.request, self.draft.name)
        if where == CHECK and "_save" in post:
            drafts.give_code(self.draft)
            return see_other(self._at(SAVED))
        if where == CHECK and self.draft.form_version_id == self.version.pk:
            return self._send()
        screen = self._screen(where)
        if self.draft.form_version_id != self.version.pk:
            return self._move(screen)
        if screen is None:
            return self._receive_unplaced(where)
        return self._receive_screen(screen)

    def _receive_unplaced(self, where: str) -> HttpResponse:
        """What names no screen: the form had none when it was opened. Nothing typed is lost."""
        if not where:
            for screen in outline(self.questions):
                self._keep(screen, own_names(self._sent(), screen))
        return see_other(self._where_it_stands(self.filling()))

    def _screen(self, where: str) -> Screen | None:
        return next((s for s in outline(self.questions) if str(s.number) == where), None)

    def _move(self, screen: Screen | None) -> HttpResponse:
        if screen is not None:
            # Typed into the old version: kept first, then the change is shown.
            self._keep(screen, own_names(self._sent(), screen))
            return see_other(self._at(CHANGED))
        self.draft = drafts.move(self.draft, self.version)
        self.questions = from_schema(self.version.schema)
        filling = self.filling()
        step = filling.first_open() or filling.steps[-1]
        drafts.keep(self.draft, {}, screen=step.number)
        return see_other(self._at(step.number))

    def _sent(self) -> dict[str, list[str]]:
        return {name: list(map(str, values)) for name, values in self.request.POST.lists()}

    def _keep(self, screen: Screen, typed: dict[str, list[str]]) -> None:
        # What does not say which screen it is was cut short: it takes nothing away.
        instead_of = prefixes(screen) if "screen" in self.request.POST else ()
        self.draft = drafts.keep(self.draft, typed, instead_of=instead_of, screen=screen.number)

    def _receive_screen(self, screen: Screen) -> HttpResponse:
        post = self.request.POST
        typed = own_names(self._sent(), screen)
        try:
            typed = own_names(regrouped([screen], self._sent()), screen)
        except KeyError:
            self._keep(screen, typed)
            return self._again(
                screen, 409, _("没有删去：这一组刚刚有了变化。请看一看现在的内容，再删。")
            )
        self._keep(screen, typed)
        refused, taken = self._take_files(screen)
        if not self._remove_file():
            return self._again(screen, 409, _("没有找到这个文件，它可能已经删去了。"))
        if self._wants_json:
            return self._told(taken, refused)
        if refused:
            return self._with_refused(screen, refused)
        if "_save" in post:
            drafts.give_code(self.draft)
            return see_other(self._at(SAVED))
        here = self._at(screen.number, back=self.back)
        for button in STAYING:
            if button in post:
                key = post[button].partition("-")[0]
                return see_other(f"{here}#q-{key}" if drafts.is_field_key(key) else here)
        filling = self.filling()
        if "_previous" in post:
            previous = filling.before(screen.number)
            return see_other(self._at(previous.number) if previous else here)
        return self._go_on(filling, screen)

    def _go_on(self, filling: Filling, screen: Screen) -> HttpResponse:
        step = filling.step(screen.number)
        if step is not None and not step.is_answered:
            return self._show_screen(filling, step, step.form, status=422)
        later = [one for one in filling.steps if one.number > screen.number]
        if self.back:
            # To the look over all answers, unless what was changed asks for more.
            later = [one for one in later if not one.is_answered]
        following = later[0] if later else None
        if following is None:
            return see_other(self._at(CHECK))
        self.draft = drafts.keep(self.draft, {}, screen=following.number)
        return see_other(self._at(following.number, back=self.back))

    def _remove_file(self) -> bool:
        """Erases the file whose button was pressed; False where it isn't one of this draft."""
        pressed = self.request.POST.get("_remove")
        if pressed is None:
            return True
        return attachments.remove(self.draft.submission_uuid, pressed.partition("-")[2])

    # ── files ───────────────────────────────────────────────────────────────────────────────────

    def _take_files(
        self, screen: Screen
    ) -> tuple[dict[str, list[str]], list[attachments.Attached]]:
        """Takes in what was chosen; what was refused, with its sentences, by question."""
        asked = {q.key: q for q in screen.questions() if q.type == FieldType.FILES}
        refused: dict[str, list[str]] = {}
        taken: list[attachments.Attached] = []
        for key, uploads in self.request.FILES.lists():
            for upload in uploads:
                try:
                    if key not in asked:
                        raise attachments.NotTaken(_("这里没有请您上传文件。"))
                    taken.append(self._take(upload, asked[key]))
                except attachments.NotTaken as no:
                    refused.setdefault(key, []).append(no.message)
        return refused, taken

    def _take(self, upload: Any, question: Question) -> attachments.Attached:
        self._refuse_too_much(upload.size or 0)
        self._refuse_one_too_many(question)
        return attachments.take(
            upload,
            bound_to=self.draft.submission_uuid,
            question=question.key,
            still_wanted=partial(self._still_wanted, question),
        )

    def _refuse_too_much(self, size: int) -> None:
        """What strangers leave and never send must not take the room that families need."""
        by = limits.client_address(self.request)
        too_many = limits.exceeded("upload", by, UPLOADS_PER_ADDRESS)
        megabytes = 1 + size // MEGABYTE
        if too_many or limits.exceeded("upload-size", by, MEGABYTES_PER_ADDRESS, megabytes):
            raise attachments.NotTaken(_("从您这里上传得太多了，请一小时后再传。"))
        if drafts.unsent_bytes() + size > settings.UNSENT_FILES_MAX_SIZE:
            logger.error("The files of forms not sent take all of UNSENT_FILES_MAX_SIZE.")
            raise attachments.NotTaken(FileRefused("no-room").message)

    def _refuse_one_too_many(self, question: Question) -> None:
        most = attachments.most_of(question)
        if attachments.count_for(self.draft.submission_uuid, question.key) >= most:
            raise attachments.NotTaken(_("这一题最多上传%d个。请先删去不需要的，再上传。") % most)

    def _still_wanted(self, question: Question) -> None:
        """Asked again where nobody else can come between: in the transaction that keeps it."""
        drafts.hold(self.draft)
        self._refuse_one_too_many(question)

    @property
    def _wants_json(self) -> bool:
        return self.request.headers.get("Accept") == "application/json"

    def _told(
        self, taken: list[attachments.Attached], refused: dict[str, list[str]]
    ) -> HttpResponse:
        """The script's answer: what is held now, and what was refused."""
        body = {
            "address": self._at(self._number, back=self.back),
            "taken": [
                {"uuid": str(one.uuid), "name": one.name, "size": one.readable_size}
                for one in taken
            ],
            "refused": [sentence for sentences in refused.values() for sentence in sentences],
        }
        return JsonResponse(body, status=422 if refused and not taken else 200)

    @property
    def _number(self) -> str:
        return self.request.POST.get("screen") or self.request.GET.get("screen", "1")

    def _again(self, screen: Screen, status: int, notice: str) -> HttpResponse:
        filling = self.filling()
        step = filling.step(screen.number)
        if step is None:
            return see_other(self._where_it_stands(filling))
        return self._show_screen(
            filling,
            step,
            filling.unjudged(step),
            status=status,
            notice_heading=_("请看一下"),
            notice=notice,
        )

    def _with_refused(self, screen: Screen, refused: dict[str, list[str]]) -> HttpResponse:
        filling = self.filling()
        step = filling.step(screen.number)
        if step is None:
            return see_other(self._where_it_stands(filling))
        form = step.form
        for key, sentences in refused.items():
            for sentence in sentences:
                form.add_error(key if key in form.fields else None, sentence)
        return self._show_screen(filling, step, form, status=422)

    # ── the end ─────────────────────────────────────────────────────────────────────────────────

    def _send(self) -> HttpResponse:
        filling = self.filling()
        if filling.first_open() is not None:
            return self._show_check(filling, status=422)
        if self.is_trial:
            return self._rehearse(filling)
        try:
            submission = submit(
                self.version,
                filling.answers(),
                submission_key=self.draft.submission_key,
                draft=self.draft,
                files_seen={str(one.uuid) for held in filling.files.values() for one in held},
            )
        except OtherAnswers as other:
            return showing.arrived(self.page, self.request, other.submission)
        except drafts.Changed:
            return self._look_again()
        except Refused as refused:
            return self._show_check(
                filling,
                status=409,
                result=refused.result,
                notice_heading=_("没有提交成功"),
                notice=refused.message,
            )
        response = receipts.hand_over(self.request, submission)
        holding.remember_sent(self.request, response, self.page, self.draft.name)
        return response

    def _look_again(self) -> HttpResponse:
        """Nobody has seen what another window changed a moment ago: it is not sent unseen."""
        draft = drafts.find(self.draft.name)
        if draft is None:
            raise Draft.DoesNotExist
        if draft.form_version_id != self.version.pk:
            return see_other(showing.address(self.page, draft, CHANGED))
        self.draft = draft
        return self._show_check(
            self.filling(),
            status=409,
            result="changed",
            notice_heading=_("还没有提交，请再核对一遍"),
            notice=_(
                "您在另一个窗口刚刚改动过这份表单。下面是现在的内容，请核对后再按一次“提交”。"
            ),
        )

    def _rehearse(self, filling: Filling) -> HttpResponse:
        try:
            rehearsal = rehearse(self.version, filling.answers())
        except Refused as refused:
            return self._show_check(
                filling,
                status=409,
                result=refused.result,
                notice_heading=_("试填：会这样答复"),
                notice=refused.message,
            )
        drafts.give_up(self.draft)
        return showing.show_rehearsal(self.page, self.request, rehearsal)
