"""A policy's clauses in the editor: keys given and kept, places read, nothing forged."""

from __future__ import annotations

import pytest
from django.core import signing
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from home.directory.models import Department, User
from home.policies import working_copies
from home.policies.models import Clause, ClauseKey, PolicyIndexPage, PolicyPage
from tests.policies.editing import FORM, Editor, errors, form_fields, long_policy, parsed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


@pytest.fixture
def tab(editor: Client, plan: PolicyPage) -> Editor:
    return Editor(editor, plan)


def draft(plan: PolicyPage) -> list[Clause]:
    return list(PolicyPage.objects.get(pk=plan.pk).get_latest_revision_as_object().clauses.all())


def by_key(plan: PolicyPage) -> dict[str, Clause]:
    return {clause.key: clause for clause in draft(plan)}


def test_saving_without_a_change_keeps_every_key_level_and_parent(
    tab: Editor, plan: PolicyPage
) -> None:
    before = [
        (c.key, c.parent_key, c.level, c.number, c.heading, c.text) for c in plan.clauses.all()
    ]
    departments = [{d.pk for d in c.departments.all()} for c in plan.clauses.all()]
    tab.save()
    after = [(c.key, c.parent_key, c.level, c.number, c.heading, c.text) for c in draft(plan)]
    assert after == before
    assert [{d.pk for d in c.departments.all()} for c in draft(plan)] == departments


def test_a_clause_added_in_between_keeps_its_place_and_is_given_a_key(
    tab: Editor, plan: PolicyPage
) -> None:
    keys = [clause.key for clause in plan.clauses.all()]
    last = keys.index("2-2-3")
    neighbour = keys[last]
    tab.add(last, number="4.", heading="新加的一条", text="测试用的正文。")
    tab.save()
    found = [clause.key for clause in draft(plan)]
    parent, _, number = neighbour.rpartition("-")
    given = f"{parent}-{int(number) + 1}"
    assert found == keys[: last + 1] + [given] + keys[last + 1 :]
    assert by_key(plan)[given].parent_key == parent
    assert by_key(plan)[given].level == 3


def test_a_saved_draft_makes_its_new_key_known_and_shows_it(tab: Editor, plan: PolicyPage) -> None:
    editions = plan.editions.count()
    tab.add(tab.rows - 1, number="四、", heading="附则")
    tab.save()
    assert ClauseKey.objects.filter(policy=plan, key="4").exists()
    assert tab.soup.select_one('[data-key="4"] .clause-row__key code').text == "4"
    assert plan.editions.count() == editions
    assert not plan.clauses.filter(key="4").exists()


def test_the_key_stays_when_the_draft_is_saved_again_renumbered_and_published(
    tab: Editor, plan: PolicyPage
) -> None:
    row = tab.add(tab.rows - 1, number="四、", heading="附则")
    tab.save()
    row = tab.row("四、")
    tab.set(row, number="五、", heading="附则（改）")
    tab.fields["change_note"] = ["加了附则（示例）"]
    tab.save()
    assert by_key(plan)["4"].number == "五、"
    PolicyPage.objects.get(pk=plan.pk).get_latest_revision().publish()
    assert PolicyPage.objects.get(pk=plan.pk).clauses.get(key="4").heading == "附则（改）"


def test_a_new_policy_saved_before_any_autosave_is_kept_with_its_keys(editor: Client) -> None:
    add = f"/admin/pages/add/policies/policypage/{PolicyIndexPage.objects.get().pk}/"
    fields = form_fields(parsed(editor.get(add).content))
    fields |= {"title": ["新的通知"], "slug": ["lmf-2032-1"], "clauses-TOTAL_FORMS": ["1"]}
    row = {"number": "一、", "heading": "总则", "text": "第一段。", "validity": "in-force"}
    row |= {"ORDER": "1", "key": "", "id": "", "DELETE": ""}
    fields |= {f"clauses-0-{name}": [value] for name, value in row.items()}
    response = editor.post(add, fields)
    assert response.status_code == 302
    page = PolicyPage.objects.get(slug="lmf-2032-1")
    assert [key.key for key in page.clause_keys.all()] == ["1"]
    page.get_latest_revision_as_object().clauses.get(key="1")


def test_autosave_registers_no_key_and_a_half_typed_number_binds_nothing(
    tab: Editor, plan: PolicyPage
) -> None:
    known = set(plan.clause_keys.values_list("key", flat=True))
    row = tab.add(tab.rows - 1, number="四、", heading="写")
    assert tab.autosave()["success"]
    tab.set(row, number="六、", heading="写完了")
    assert tab.autosave()["success"]
    assert set(plan.clause_keys.values_list("key", flat=True)) == known
    tab.save()
    assert set(plan.clause_keys.values_list("key", flat=True)) - known == {"6"}
    assert [c.heading for c in draft(plan)].count("写完了") == 1


def test_autosave_of_a_policy_that_was_never_public_makes_one_row_of_a_clause(
    editor: Client,
) -> None:
    policy = long_policy(20, live=False)
    tab = Editor(editor, policy)
    tab.add(tab.rows - 1, number="二、", heading="新部分")
    for _ in range(3):
        assert tab.autosave()["success"]
    tab.save()
    assert [c.heading for c in policy.clauses.all()].count("新部分") == 1
    assert policy.clauses.count() == 21


def test_a_row_left_empty_is_dropped(tab: Editor, plan: PolicyPage) -> None:
    tab.add(0)
    assert tab.autosave()["success"]
    tab.save()
    assert len(draft(plan)) == 25


def test_the_key_of_a_deleted_clause_is_not_given_again(tab: Editor, plan: PolicyPage) -> None:
    last = tab.rows - 1
    key = draft(plan)[last].key
    number = tab.fields[f"clauses-{last}-number"][0]
    tab.set(last, DELETE="1")
    tab.save()
    tab.add(tab.rows - 1, number=number, heading="另一条")
    tab.save()
    assert key not in by_key(plan)
    assert by_key(plan)[f"{key}b"].heading == "另一条"


def test_what_is_moved_under_another_clause_keeps_its_key_and_takes_the_new_parent(
    tab: Editor, plan: PolicyPage
) -> None:
    keys = [clause.key for clause in plan.clauses.all()]
    moved = keys.index("2-1-1")
    behind = keys.index("2-2-1")
    order = [i for i in range(tab.rows) if i != moved]
    order.insert(order.index(behind) + 1, moved)
    for place, i in enumerate(order, 1):
        tab.set(i, ORDER=str(place))
    tab.save()
    after = by_key(plan)
    assert after["2-1-1"].parent_key == "2-2"
    assert [c.key for c in draft(plan)] == [keys[i] for i in order]


@pytest.mark.parametrize("forged", ["9-9", "2-2-1", "2-2-1:abcdef"])
def test_a_key_that_was_typed_is_refused_and_nothing_typed_is_lost(
    tab: Editor, plan: PolicyPage, forged: str
) -> None:
    tab.add(0, number="四、", heading="伪造", key=forged)
    response = tab.post()
    assert response.status_code == 200
    assert any("条款键" in error for error in errors(response))
    assert "伪造" in response.content.decode()
    assert len(draft(plan)) == 25


def test_the_key_of_a_clause_can_not_be_exchanged_for_another(
    tab: Editor, plan: PolicyPage
) -> None:
    one, other = tab.fields["clauses-1-key"], tab.fields["clauses-2-key"]
    tab.fields["clauses-1-key"], tab.fields["clauses-2-key"] = other, one
    response = tab.post()
    assert response.status_code == 200
    assert any("条款键不能修改" in error for error in errors(response))


def test_a_key_signed_for_another_policy_is_refused(tab: Editor, plan: PolicyPage) -> None:
    foreign = signing.Signer(salt=f"policies.clause-key:{plan.pk + 1}").sign("2-2-1")
    tab.add(0, number="四、", heading="别处来的", key=foreign)
    assert tab.post().status_code == 200


def test_a_number_without_the_clause_above_it_is_a_draft_but_is_not_handed_in(
    tab: Editor, plan: PolicyPage
) -> None:
    first = tab.row("一、")
    tab.add(first, number="（九）", heading="放错了位置")
    row = tab.rows - 1
    tab.set(first, ORDER="2")
    tab.set(row, ORDER="1")
    tab.save()
    assert "上面没有它所属的条款" in tab.soup.select_one(".clause-row__hint").text
    tab.fields["change_note"] = ["加了一节（示例）"]
    response = tab.post(**{"action-submit": "1"})
    assert response.status_code == 200
    assert any("“（九）”上面没有它所属的条款" in error for error in errors(response))
    tab.set(tab.row("（九）"), chosen_level="2")
    assert tab.post(**{"action-submit": "1"}).status_code == 302


def test_a_clause_emptied_by_hand_is_not_handed_in(tab: Editor) -> None:
    tab.set(1, number="", heading="", text="")
    response = tab.post(**{"action-submit": "1"})
    assert response.status_code == 200
    assert any("没有内容了" in error for error in errors(response))


def test_departments_are_set_in_place_and_an_unknown_one_is_refused(
    tab: Editor, plan: PolicyPage
) -> None:
    chosen = list(Department.objects.values_list("pk", flat=True)[:3])
    tab.set(4, departments=",".join(map(str, chosen)))
    tab.save()
    assert {d.pk for d in draft(plan)[4].departments.all()} == set(chosen)
    for wrong in ("99999", "一", "1;2", "-1"):
        tab.set(4, departments=wrong)
        response = tab.post()
        assert response.status_code == 200
        assert any("不存在的部门" in error for error in errors(response))


def test_the_row_shows_what_points_at_the_clause_and_where_to_write_more(tab: Editor) -> None:
    row = tab.soup.select_one('[data-key="2-2-1"]')
    links = row.select(".clause-row__links a")
    assert any(link.text.strip().startswith("解读：") for link in links)
    assert any(link.text.strip().startswith("服务：") for link in links)
    write = next(link for link in links if link.text == "为这一条写解读")
    page = tab.client.get(write["href"])
    assert page.status_code == 200
    key = ClauseKey.objects.get(policy__slug="lmf-2025-10", key="2-2-1")
    assert f'name="clause_links-0-clause_key" value="{key.pk}"' in page.content.decode()


@pytest.mark.parametrize("clause", ["", "x", "999999", "１"])
def test_a_wrong_clause_in_the_address_opens_an_empty_page(editor: Client, clause: str) -> None:
    from home.policies.models import InterpretationIndexPage

    index = InterpretationIndexPage.objects.get()
    url = f"/admin/pages/add/policies/interpretationpage/{index.pk}/?clause={clause}"
    assert editor.get(url).status_code == 200


def test_the_editor_of_a_hundred_clauses_costs_what_that_of_ten_costs(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    short, long = long_policy(10), long_policy(100)
    for policy in (short, long):  # a first look notes that somebody is editing
        editor.get(f"/admin/pages/{policy.pk}/edit/")
    with django_assert_max_num_queries(60) as few:
        editor.get(f"/admin/pages/{short.pk}/edit/")
    with django_assert_max_num_queries(60) as many:
        response = editor.get(f"/admin/pages/{long.pk}/edit/")
    assert len(many) == len(few)
    assert len(response.content) < 900 * 1024


def test_saving_a_draft_of_a_hundred_clauses_asks_no_question_a_clause(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tab = Editor(editor, long_policy(100))
    tab.set(50, heading="改过")
    with django_assert_max_num_queries(80):
        assert tab.post().status_code == 302


def test_a_policy_written_by_hand_is_saved_and_its_keys_are_registered(editor: Client) -> None:
    url = f"/admin/pages/add/policies/policypage/{PolicyIndexPage.objects.get().pk}/"
    fields = form_fields(parsed(editor.get(url).content))
    fields |= {
        "title": ["手工录入的文件（示例）"],
        "document_number": ["测试〔2099〕1号"],
        "clauses-TOTAL_FORMS": ["1"],
        "clauses-0-number": ["一、"],
        "clauses-0-heading": ["总则"],
        "clauses-0-ORDER": ["1"],
        "clauses-0-validity": ["in-force"],
    }
    sent = QueryDict(mutable=True)
    for name, values in fields.items():
        sent.setlist(name, values)
    response = editor.post(url, sent.urlencode(), content_type=FORM)
    assert response.status_code == 302, errors(response)
    made = PolicyPage.objects.get(document_number="测试〔2099〕1号")
    assert list(made.clause_keys.values_list("key", flat=True)) == ["1"]


# ── working copies ──────────────────────────────────────────────────────────────────────────────


def test_a_working_copy_uses_its_originals_keys_and_gives_new_ones_for_it(
    editor: Client, plan: PolicyPage
) -> None:
    copy = working_copies.make(plan, User.objects.get(username="editor"))
    tab = Editor(editor, copy.page)
    assert [row["data-key"] for row in tab.soup.select(".clause-row[data-key]")] == [
        clause.key for clause in plan.clauses.all()
    ]
    assert tab.soup.select_one('[data-key="2-2-1"] .clause-row__links a') is not None
    tab.set(tab.row("三、"), number="四、")
    tab.add(tab.row("四、") - 1, number="三、", heading="新加的一部分（示例）")
    tab.save()
    keys = [clause.key for clause in draft(copy.page)]
    assert [key for key in keys if key in set(plan.clauses.values_list("key", flat=True))] == [
        clause.key for clause in plan.clauses.all()
    ]
    assert keys[keys.index("3") - 1] == "3b"
    assert ClauseKey.objects.filter(policy=plan, key="3b").exists()
    assert not ClauseKey.objects.filter(policy=copy.page).exists()
    assert not [one for one in working_copies.reasons_not_to_release(copy.page) if "条款键" in one]
