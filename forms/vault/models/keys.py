"""Secrets from which keys are derived."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VaultSecret(models.Model):
    """A random secret from which keys are derived, wrapped under the master key (保密库密值)."""

    ROOT, INDEX = "root", "blind-index"

    name = models.CharField(max_length=20)
    generation = models.PositiveIntegerField(default=1)
    key_id = models.CharField(max_length=16)
    algorithm = models.CharField(max_length=16)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("保密库密值")
        verbose_name_plural = _("保密库密值")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "generation"], name="one_vault_secret_per_name_and_generation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.generation}"
