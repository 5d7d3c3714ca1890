"""A program of its own, for spreadsheets from outside; see __main__.py."""
