"""Draws stated against observed probability as an SVG that can be read on light and dark pages."""

from pathlib import Path

LEFT, TOP, SIZE, RIGHT, BOTTOM = 56, 16, 320, 210, 48
COLOURS = ("#2a6fbb", "#b5541c", "#3b8a4a")


def place(stated, observed):
    return LEFT + SIZE * stated, TOP + SIZE * (1 - observed)


def axes():
    lines = []
    for step in range(0, 11, 2):
        share = step / 10
        x, y = place(share, share)
        lines.append(f'<path d="M{x:.0f} {TOP}V{TOP + SIZE}M{LEFT} {y:.0f}H{LEFT + SIZE}" stroke="#ddd" fill="none"/>')
        lines.append(f'<text x="{x:.0f}" y="{TOP + SIZE + 18}" text-anchor="middle">{share:.1f}</text>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{share:.1f}</text>')
    (x0, y0), (x1, y1) = place(0, 0), place(1, 1)
    lines.append(f'<path d="M{x0} {y0}L{x1} {y1}" stroke="#888" stroke-dasharray="5 4" fill="none"/>')
    lines.append(f'<text x="{LEFT + SIZE / 2:.0f}" y="{TOP + SIZE + 40}" text-anchor="middle">stated probability</text>')
    middle = TOP + SIZE / 2
    lines.append(f'<text x="14" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 14 {middle:.0f})">observed share</text>')
    return lines


def curve(name, bins, colour, row):
    """One line; a dot's area is the share of pairs in its bin."""
    points = [place(stated, observed) for stated, observed, _ in bins]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 12 * total ** 0.5:.1f}" fill="{colour}" fill-opacity="0.45"/>'
            for (x, y), (_, _, total) in zip(points, bins)]
    y = TOP + 14 + 22 * row
    key = f'<path d="M{LEFT + SIZE + 14} {y - 4}h18" stroke="{colour}" stroke-width="3"/><text x="{LEFT + SIZE + 38}" y="{y}">{name}</text>'
    return [f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none"/>', *dots, key]


def write_plot(path, curves):
    """curves: {name: rows of (stated, observed, share of pairs)}."""
    width, height = LEFT + SIZE + RIGHT, TOP + SIZE + BOTTOM
    body = axes()
    for row, ((name, bins), colour) in enumerate(zip(curves.items(), COLOURS)):
        body += curve(name, bins, colour, row)
    Path(path).write_text("\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" role="img" aria-label="Reliability of the stated probability">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>', *body, "</svg>", ""]))
