"""Official documents as they arrive, pasted or in a file, turned into plain text.

Nothing that can be read is left out; what can't be (a picture, a comment) is said in `notes`. Files
come from outside: each limit in `limits` keeps one from taking the machine, and whatever isn't read
is refused in a sentence that says what to do. Knows no database.
"""

from .plain import Source, read_pasted
from .reading import read_file
from .refusal import Refusal

__all__ = ["Refusal", "Source", "read_file", "read_pasted"]
