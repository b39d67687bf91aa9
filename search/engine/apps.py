from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EngineConfig(AppConfig):
    name = "search.engine"
    label = "search"
    verbose_name = _("搜索")

    def ready(self) -> None:
        from home.directory import roles
        from home.directory.models import Role
        from search.engine import checks, receivers  # noqa: F401

        for role in (Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR):
            for model in ("synonymgroup", "promotedresult", "gradedquery"):
                for right in ("view", "add", "change", "delete"):
                    roles.allow(role, f"search.{right}_{model}")
            roles.allow(role, "search.view_querycount")
