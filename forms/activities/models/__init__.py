"""Activities, their sessions, and who has signed up."""

from forms.activities.models.pages import ActivityIndexPage, ActivityPage
from forms.activities.models.sessions import Session, SignUp

__all__ = ["ActivityIndexPage", "ActivityPage", "Session", "SignUp"]
