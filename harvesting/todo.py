"""What waits in outcome harvesting: interviews with the people drawn this year, and draws that were not made yet."""

from django.db.models import Count, Exists, OuterRef, Prefetch, Subquery
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.columns import GENDER
from clients.models import ClientCard
from harvesting import draws
from harvesting.models import DrawOutcome, Interview, SampleDraw
from mrc import dates, restricted
from mrc.columns import ListColumn
from mrc.models import Centre
from mrc.todo import Kind


def interviews_owed(today):
    """Cards of the people on the newest list of the year without a finished interview, until the year has enough."""
    finished = Interview.objects.finished().filter(card=OuterRef("pk"), interviewed_on__year=today.year)
    return ClientCard.objects.filter(~Exists(finished), pk__in=_on_the_lists(today.year))


def listed_interviews(cards):
    """Those that are begun first; ``draw_uid``: the list on which the person stands."""
    year = dates.today().year
    begun = Interview.objects.filter(card=OuterRef("pk"), interviewed_on__year=year)
    newest = SampleDraw.objects.filter(centre=OuterRef("centre"), year=year).order_by("-id")
    cards = cards.annotate(is_begun=Exists(begun), draw_uid=Subquery(newest.values("uid")[:1]))
    return cards.only("uid", "reference", "gender").order_by("-is_begun", "pk")


@restricted.included()
def _on_the_lists(year):
    """Primary keys of the cards on the newest list of each centre that has not held as many interviews as it wants."""
    finished = Interview.objects.finished().filter(centre=OuterRef("centre"), interviewed_on__year=year)
    finished = finished.order_by().values("centre").annotate(n=Count("pk")).values("n")
    made = SampleDraw.objects.filter(year=year).annotate(finished=Subquery(finished)).order_by("centre", "-id")
    outcomes = Prefetch("outcomes", DrawOutcome.objects.only("draw_id", "card_id"))
    newest = {}
    for draw in made.only("centre_id", "size", "seats", "order").prefetch_related(outcomes):
        newest.setdefault(draw.centre_id, draw)
    owing = [draw for draw in newest.values() if (draw.finished or 0) < draw.size]
    return [pk for draw in owing for pk in draws.to_interview(draw)]


def draws_due(today):
    """Centres in scope without a draw this year, although somebody could be drawn today."""
    made = SampleDraw.objects.filter(centre=OuterRef("pk"), year=today.year)
    eligible = draws.eligible_cards(today.year, today).filter(centre=OuterRef("pk"))
    return Centre.objects.filter(~Exists(made), Exists(eligible))


def listed_centres(centres):
    return centres.order_by("code")


def on_the_list(card):
    """The number of the card, as a link to the person on the page of the draw, where the interview begins."""
    page = reverse("harvesting:draw_detail", args=[card.draw_uid])
    return format_html('<a href="{}#card-{}">{}</a>', page, card.uid, card.reference)


def draw_link(centre):
    return format_html('<a href="{}?centre={}">{}</a>', reverse("harvesting:draw_new"), centre.code, centre)


KINDS = (
    Kind(
        code="interviews_owed",
        title=gettext_lazy("Interviews still to be held this year"),
        advice=gettext_lazy(
            "Arrange to meet the person. Who refuses or cannot be reached is written down on the page of the draw, and "
            "the next of the same gender follows."
        ),
        permission="harvesting.view_interview",
        records=interviews_owed,
        listed=listed_interviews,
        columns=(
            ListColumn(gettext_lazy("Client card"), on_the_list),
            GENDER,
            ListColumn(gettext_lazy("Interview"), lambda card: _("Begun") if card.is_begun else _("Not begun")),
        ),
        rank=50,
    ),
    Kind(
        code="draws_due",
        title=gettext_lazy("Sample of this year not drawn yet"),
        advice=gettext_lazy("There are people who can be interviewed. Draw by lot who will be asked."),
        permission="harvesting.add_sampledraw",
        records=draws_due,
        listed=listed_centres,
        columns=(ListColumn(gettext_lazy("Centre"), draw_link),),
        rank=60,
    ),
)
