"""The theory of change as a tree: its order, its numbers as Annex 5 prints them, and what may stand below what.

Numbers are never stored: they follow from the order.
"""

from collections import defaultdict

IMPACT, OUTCOME, OUTPUT, ACTIVITY = "impact", "outcome", "output", "activity"
# What may stand directly below a step. Annex 5, section 2, prints activities below outcomes.
BELOW = {IMPACT: (OUTCOME,), OUTCOME: (OUTPUT, ACTIVITY), OUTPUT: (ACTIVITY,), ACTIVITY: ()}
ABOVE = {level: tuple(above for above, below in BELOW.items() if level in below) for level in BELOW}


def numbered(steps):
    """The steps in the order of the tree, each with ``number``, ``depth`` and ``below`` (its direct steps in order).

    Outcomes are numbered through, also below several impacts; an impact has a number only beside others. What hangs
    below none of these steps is left out.
    """
    children = defaultdict(list)
    for step in sorted(steps, key=lambda step: (step.position, step.pk)):
        children[step.parent_id].append(step)
    impacts = children[None]
    for place, impact in enumerate(impacts, start=1):
        impact.number = str(place) if len(impacts) > 1 else ""
    outcomes = (outcome for impact in impacts for outcome in children[impact.pk])
    for place, outcome in enumerate(outcomes, start=1):
        outcome.number = str(place)
    ordered = []
    for impact in impacts:
        _walk(impact, 0, children, ordered)
    return ordered


def _walk(step, depth, children, ordered):
    step.depth, step.below = depth, children[step.pk]
    ordered.append(step)
    for place, child in enumerate(step.below, start=1):
        if depth:
            child.number = f"{step.number}.{place}"
        _walk(child, depth + 1, children, ordered)
