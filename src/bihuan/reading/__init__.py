"""Reads official texts (docx, xlsx, csv, txt) into draft plan trees; pure functions, writes nothing.

`reader.read` is the only entry. It goes intake → source → parts → outline and tables → duties → result; each
module's docstring says which guesses it makes, and every guess carries a code of `reasons`.
"""
