"""Signing in to the admin, with a limit on guessing passwords and on letters that set a new one.

A limit on the name alone would be a way to keep somebody out: only what was wrong counts, by name
and address together, and by address.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.forms.auth import LoginForm, PasswordResetForm

from home.pages import limits
from home.pages.authority import current_request

logger = logging.getLogger(__name__)
# By one address, in an hour. A whole department may share an address.
TRIES_PER_NAME = 10
TRIES_PER_ADDRESS = 60
LETTERS_PER_ADDRESS = 10
# However many addresses ask for it.
LETTERS_PER_PERSON = 3


class SignInForm(LoginForm):
    """Wagtail's form; who tries too often is told so before the password is looked at."""

    def clean(self) -> Any:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return super().clean()
        address = limits.client_address(self.request)
        pair = f"{name} {address}"
        too_many = limits.exceeded("sign-in-name", pair, TRIES_PER_NAME)
        too_many |= limits.exceeded("sign-in-address", address, TRIES_PER_ADDRESS)
        if too_many:
            logger.warning("Too many wrong passwords from one address.")
            raise ValidationError(
                _("密码试错的次数太多了，请一小时后再试，或者请系统管理员重设密码。")
            )
        cleaned = super().clean()
        limits.forget("sign-in-name", pair)
        limits.take_back("sign-in-address", address)
        return cleaned


class NewPasswordForm(PasswordResetForm):
    """Wagtail's form; nobody's post box is filled by it."""

    def clean(self) -> Any:
        request = current_request()
        if request is not None and limits.exceeded(
            "new-password", limits.client_address(request), LETTERS_PER_ADDRESS
        ):
            raise ValidationError(_("申请重设密码的次数太多了，请一小时后再试。"))
        return super().clean()

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Nothing is said of it: the answer must not tell who has an account.
        email = self.cleaned_data["email"].casefold()
        if not limits.exceeded("new-password-for", email, LETTERS_PER_PERSON):
            super().save(*args, **kwargs)
