"""The centres that a command was given by their codes."""

from django.core.management.base import CommandError

from mrc.models import Centre


def find_centres(codes):
    """In the order of their codes, each once. Raises CommandError for a code that no centre has."""
    wanted = {code.strip().upper(): code for code in codes}
    centres = list(Centre.objects.filter(code__in=wanted))
    missing = sorted(code for code in wanted if code not in {centre.code for centre in centres})
    if missing:
        known = ", ".join(Centre.objects.values_list("code", flat=True)) or "none yet"
        raise CommandError(f"There is no centre {', '.join(wanted[code] for code in missing)}. Centres: {known}.")
    return centres
