"""``manage.py migrate``: Django's own, with every record in sight of migrations that change what is stored."""

from django.core.management.commands import migrate

from mrc.access import every_centre


class Command(migrate.Command):
    def handle(self, *args, **options):
        with every_centre("migrations change the records of all centres"):
            return super().handle(*args, **options)
