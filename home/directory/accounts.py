"""User accounts in the Wagtail admin: rights come from memberships, so none is given here.

Wagtail's own screens offer groups and "administrator" to whoever may change users, and let them set
a superuser's password. Both would be rights that no membership explains.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.users.forms import UserCreationForm, UserEditForm, UserForm
from wagtail.users.views import users
from wagtail.users.views.bulk_actions import (
    AssignRoleBulkAction,
    DeleteBulkAction,
    SetActiveStateBulkAction,
)


class _WithoutRights(UserForm):
    """Takes the fields that give rights out of Wagtail's account form; the family name first."""

    field_order = ("username", "last_name", "first_name", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("is_superuser", "groups"):
            self.fields.pop(name, None)
        self.fields["username"].help_text = _("用于登录，可用字母、数字和 @ . + - _")
        self.order_fields(self.field_order)


class AccountCreationForm(_WithoutRights, UserCreationForm):
    """A new account; what it may do follows when it is given a membership."""


class AccountEditForm(_WithoutRights, UserEditForm):
    """An account's name, address, password, and whether it may sign in."""


class AccountIndexView(users.IndexView):
    @cached_property
    def columns(self) -> list[Any]:
        return [
            column
            for column in super().columns
            if not isinstance(column, BulkActionsCheckboxColumn)
        ]

    def get_delete_url(self, instance: Any) -> None:
        return None


class AccountCreateView(users.CreateView):
    success_message = _(
        "已创建用户“%(object)s”。请接着在“组织机构 → 任职”中为其添加任职，否则无法进入后台。"
    )


class AccountEditView(users.EditView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.user_has_permission_for_instance("change", self.object):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


class AccountDeleteView(users.DeleteView):
    """Accounts stay: the log of who looked at what must keep its names."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        messages.error(
            request, _("用户不能删除：办理和查阅记录须保留姓名。请改为停用（取消“有效”）。")
        )
        return redirect(self.index_url_name)


class UserViewSet(users.UserViewSet):
    copy_view_enabled = False
    index_view_class = AccountIndexView
    add_view_class = AccountCreateView
    edit_view_class = AccountEditView
    delete_view_class = AccountDeleteView
    # The plain form: Wagtail's own has a tab for the rights.
    create_template_name = "wagtailadmin/generic/create.html"
    edit_template_name = "wagtailadmin/generic/edit.html"

    def get_form_class(self, for_update: bool = False) -> type[ModelForm]:
        return AccountEditForm if for_update else AccountCreationForm


class _NobodyMay:
    """Closes one of Wagtail's bulk actions: its address stays known, and refuses each account."""

    def check_perm(self, obj: Any) -> bool:
        return False


class NoAssignRole(_NobodyMay, AssignRoleBulkAction):
    pass


class NoDelete(_NobodyMay, DeleteBulkAction):
    pass


class NoSetActiveState(_NobodyMay, SetActiveStateBulkAction):
    pass


CLOSED_BULK_ACTIONS = (NoAssignRole, NoDelete, NoSetActiveState)
