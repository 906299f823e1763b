"""The picture of the guide to waits; ``python docs/pictures.py`` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from supportkit.routing import erlang

PICTURE = Path(__file__).parent / "_static" / "waits.svg"
TEAMS = {1: "#b8432f", 3: "#b07d2b", 10: "#3b6ea8", 30: "#4b8b5a"}
LEFT, RIGHT, TOP, BOTTOM = 70, 560, 40, 280
LEAST, MOST, LONGEST = 0.5, 0.98, 3.0


def mean_wait(people: int, occupancy: float) -> float:
    """Return the mean wait in handling times when so many people are busy for that share of their time."""
    return float(erlang.c(lam=occupancy * people, mu=1, servers=people, within=0).mean_wait)


def place(occupancy: float, wait: float) -> tuple[float, float]:
    """Return where a point of a curve is drawn."""
    x = LEFT + (RIGHT - LEFT) * (occupancy - LEAST) / (MOST - LEAST)
    return x, BOTTOM - (BOTTOM - TOP) * wait / LONGEST


def curve(people: int) -> list[tuple[float, float]]:
    """Return the points of one team's curve, as far as they fit into the picture."""
    shares = (LEAST + number / 200 for number in range(round((MOST - LEAST) * 200) + 1))
    points = ((share, mean_wait(people, share)) for share in shares)
    return [place(share, wait) for share, wait in points if wait <= LONGEST]


def lines() -> Iterator[str]:
    """Yield the picture, element by element."""
    yield (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 330" width="740" height="330" role="img" '
        'aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="12">'
    )
    yield '<title id="t">Waits by occupancy</title>'
    yield (
        '<desc id="d">The mean wait, in handling times, by the share of time that people are busy, for teams '
        "of 1, 3, 10 and 30: the fuller, the steeper; the larger the team, the later.</desc>"
    )
    yield '<rect width="740" height="330" fill="#ffffff"/>'
    for wait in range(int(LONGEST) + 1):
        _, y = place(LEAST, wait)
        yield f'<path d="M{LEFT} {y:.0f} H{RIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end" fill="#222">{wait}</text>'
    for percent in range(50, 100, 10):
        x, _ = place(percent / 100, 0)
        yield f'<text x="{x:.0f}" y="{BOTTOM + 18}" text-anchor="middle" fill="#222">{percent} %</text>'
    for people, colour in TEAMS.items():
        points = curve(people)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for row, (people, colour) in enumerate(TEAMS.items()):
        y = TOP + 24 * row
        yield f'<path d="M{RIGHT + 20} {y} h24" stroke="{colour}" stroke-width="2"/>'
        word = "person" if people == 1 else "people"
        yield f'<text x="{RIGHT + 52}" y="{y + 4}" fill="#222">{people} {word}</text>'
    yield f'<text x="{LEFT - 50}" y="22" fill="#222">mean wait, in handling times</text>'
    yield f'<text x="{(LEFT + RIGHT) // 2}" y="{BOTTOM + 40}" text-anchor="middle" fill="#222">busy</text>'
    yield "</svg>"


def svg() -> str:
    """Return the whole picture."""
    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(svg())
