"""The official-document parser: pasted text in, metadata and clauses out. Knows no Django.

It never drops a line: the `blocks` of a document, in order, give back every character of the
input, white space apart; what could not be placed is a block of kind "unplaced" and a remark.
Every function is pure and takes time in proportion to the length of the text.
"""

from .dates import chinese_number, chinese_numeral, parse_stages, read_date
from .departments import DEPARTMENT_NAMES, departments_named_in
from .document import Block, ParsedClause, ParsedDocument, ParsedStage, Remark
from .document_numbers import FoundNumber, find_document_numbers, normalise_document_number
from .numbering import citation, clause_path
from .reading import parse

__all__ = [
    "DEPARTMENT_NAMES",
    "Block",
    "FoundNumber",
    "ParsedClause",
    "ParsedDocument",
    "ParsedStage",
    "Remark",
    "chinese_number",
    "chinese_numeral",
    "citation",
    "clause_path",
    "departments_named_in",
    "find_document_numbers",
    "normalise_document_number",
    "parse",
    "parse_stages",
    "read_date",
]
