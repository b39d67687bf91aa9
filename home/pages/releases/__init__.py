"""Release together (发布包): pages that are reviewed once and go live in one transaction.

Decision record: docs/decisions/0010-a-release-is-rehearsed-by-doing-it.md.
"""
