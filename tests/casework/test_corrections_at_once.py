"""A correction sent by an impatient reader many times at the same moment: these tests commit."""

from __future__ import annotations

import pytest
from django.utils import timezone

from forms.builder.models import Submission
from forms.builder.selectors import current_version
from forms.builder.services import FieldSpec, create_form, submit
from forms.casework.models import Case, CorrectedClause
from home.policies.models import ClauseKey, Edition, PolicyIndexPage, PolicyPage
from tests.casework import house
from tests.casework.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_eight_at_once_with_one_key_are_one_case_of_one_clause() -> None:
    house.build()
    form = create_form(
        house.request_form().get_parent(),
        title="纠错",
        slug="correction",
        kind="correction",
        fields=(
            FieldSpec("条款", "clause", "clause"),
            FieldSpec("有问题的文字", "multiline"),
        ),
    )
    index = PolicyIndexPage(title="政策文件", slug="policies")
    house.home().add_child(instance=index)
    policy = PolicyPage(title="示例文件", slug="example", document_number="示例〔2025〕1号")
    index.add_child(instance=policy)
    ClauseKey.objects.create(policy=policy, key="1")
    clause = {"key": "1", "number": "一、", "heading": "示例", "text": "示例。"}
    Edition.objects.create(
        policy=policy,
        number=1,
        revision=policy.save_revision(),
        snapshot={"title": policy.title, "clauses": [clause]},
        digest="-",
        published_at=timezone.now(),
    )
    version = current_version(form)
    assert version is not None
    keys = {field.label: field.clean_name for field in form.form_fields.all()}
    answers = {keys["条款"]: "example:1:1", keys["有问题的文字"]: "少了一个字"}
    results = at_once(*(lambda: submit(version, answers, submission_key="c" * 32),) * 8)
    assert all(isinstance(result, Submission) for result in results), results
    assert len({result.pk for result in results}) == 1
    assert Case.objects.count() == CorrectedClause.objects.count() == 1
