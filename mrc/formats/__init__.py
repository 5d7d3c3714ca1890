"""How Django's own pages, the administration above all, show days and times: as the rest of the program does."""
