"""Made-up organizations, people, cards and cases: a region to look at, and large sets to measure with.

No name, number or address belongs to anybody: names are put together by chance, telephone numbers begin with zeros
that no operator gives out, e-mail addresses end in ``.example``.
"""
