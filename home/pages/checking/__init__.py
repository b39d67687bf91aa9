"""What the pre-publication check reads and looks for (发布前检查): pure functions where possible.

`walk` gathers a page's texts, links and pictures with their places; `numbers`, `names` and
`wording` look into a text; `links` follows the links; `rules` makes findings of all of it.
"""
