"""A form's field and its errors as every form shows them."""

from __future__ import annotations

import re

from django import forms
from django.template.loader import render_to_string

CHOICES = [("a", "甲"), ("b", "乙")]


class Form(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label="称呼", help_text="怎么称呼您", error_messages={"required": "请填写称呼"}
    )
    about = forms.ChoiceField(
        label="哪件事",
        choices=CHOICES,
        widget=forms.RadioSelect,
        help_text="选一个",
        error_messages={"required": "请选择哪件事"},
    )
    when = forms.MultipleChoiceField(
        label="什么时候", choices=CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    agree = forms.BooleanField(label="同意", error_messages={"required": "请先同意"})
    size = forms.CharField(
        label="尺寸", widget=forms.TextInput(attrs={"class": "field__input--short"})
    )
    key = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("两处不一致")


def shown(form: Form, name: str) -> str:
    return render_to_string("components/field.html", {"field": form[name]})


def summary(form: forms.Form) -> str:
    return render_to_string("components/error_summary.html", {"form": form})


def test_a_text_field_is_wired_to_its_label_its_help_and_its_error() -> None:
    html = shown(Form({}), "name")
    assert '<label class="field__label" for="id_name">' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="field__input"' in html
    assert "field--error" in html


def test_a_field_without_an_error_has_none_of_its_marks() -> None:
    html = shown(Form(), "name")
    assert "error" not in html
    assert 'aria-describedby="id_name_helptext"' in html


def test_radios_are_a_group_with_a_legend_and_every_choice_its_label() -> None:
    html = shown(Form({}), "about")
    assert re.search(r'<fieldset[^>]*aria-describedby="id_about_helptext id_about_error"', html)
    assert "<legend" in html
    assert html.count('type="radio"') == 2
    assert '<label for="id_about_0">甲</label>' in html


def test_what_was_chosen_and_typed_is_kept() -> None:
    form = Form({"name": "<王>&", "about": "b", "when": ["a"]})
    assert 'value="&lt;王&gt;&amp;"' in shown(form, "name")
    assert re.search(r'value="b"[^>]*checked', shown(form, "about"))
    assert re.search(r'value="a"[^>]*checked', shown(form, "when"))


def test_a_single_box_stands_before_its_label() -> None:
    html = shown(Form(), "agree")
    assert html.index('type="checkbox"') < html.index('<label for="id_agree">')
    assert "fieldset" not in html


def test_what_may_be_left_out_says_so() -> None:
    assert "（选填）" in shown(Form(), "when")
    assert "（选填）" not in shown(Form(), "name")


def test_a_control_keeps_a_class_of_its_own() -> None:
    assert 'class="field__input field__input--short"' in shown(Form(), "size")


def test_a_hidden_field_is_only_its_control() -> None:
    html = shown(Form(), "key")
    assert 'type="hidden"' in html
    assert "<label" not in html


def test_the_summary_lists_every_mistake_with_a_way_to_its_control() -> None:
    html = summary(Form({"when": ["z"]}))
    assert 'role="alert"' in html
    assert 'tabindex="-1"' in html
    assert '<a href="#id_name">请填写称呼</a>' in html
    assert '<a href="#id_about_0">请选择哪件事</a>' in html
    assert 'href="#id_when_0"' in html
    assert '<a href="#id_agree">请先同意</a>' in html
    assert "两处不一致" in html
    assert "还有 7 处需要修改" in html
    assert "#id_key" not in html  # a hidden field can't be gone to


def test_a_form_without_mistakes_has_no_summary() -> None:
    class Quiet(forms.Form):
        name = forms.CharField()

    assert summary(Quiet({"name": "x"})).strip() == ""
    assert summary(Quiet()).strip() == ""


def test_every_target_of_the_summary_is_on_the_page() -> None:
    form = Form({})
    page = "".join(shown(form, name) for name in form.fields)
    for target in re.findall(r'href="#([^"]+)"', summary(form)):
        assert f'id="{target}"' in page
