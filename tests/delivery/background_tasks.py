"""Background tasks of the kind Wagtail has, for the tests of the hand-over."""

from __future__ import annotations

from django_tasks import task

done: list[tuple[object, ...]] = []


@task()
def note(*args: object, **kwargs: object) -> None:
    done.append((*args, kwargs))


@task()
def fail() -> None:
    secret = "can" + "ary"
    raise ValueError(secret)


def no_task() -> None:
    done.append(("no task",))
