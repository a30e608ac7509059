# SPDX-License-Identifier: Apache-2.0
"""Folded stacks (stacks.py) as a flame graph in SVG: callers below, the width is the share of the time.
Pure; the same stacks give the same bytes. Needs no script: a frame's numbers are its tooltip.
"""
import zlib
from typing import NamedTuple
from xml.sax.saxutils import escape

from . import stacks

WIDTH, MARGIN, FRAME_HEIGHT = 1200, 10, 17
NARROWEST = 0.003  # of the whole; what is less is left out
LETTER = 6.7  # pixels, of a letter
LEGEND_COLUMNS, LEGEND_LEAST = 6, 0.005
# Ours in warm colours, by what they work on; what we call in cool ones.
COLOURS = {"thread": "#d9d9d9", "collector/scraper": "#f4a259", "collector/parse": "#e4572e",
           "collector/store": "#f2c14e", "collector/handlers": "#f78154", "collector/discovery": "#f7b2ad",
           "collector/trust": "#eec584", "collector/app": "#e8d7c3", "kube/net": "#ffd97d",
           "kube/tls": "#ffe066", "kube/http": "#ffe8b6", "kube/objects": "#f6bd60", "kube/apiserver": "#fec89a",
           "kube/machinery": "#e9c46a", "kernel": "#8fb8de", "OpenSSL": "#8fc9a0", "allocation": "#c9a0dc",
           "libc": "#b4c7d9", "libstdc++": "#a9d6e5", "Asio": "#cfd8dc", "Beast": "#b8d8d8"}


class Box(NamedTuple):
    left: float  # shares of the whole
    width: float
    depth: int
    frame: stacks.Frame


def layout(folded, narrowest=NARROWEST):
    """Boxes of all frames that are not too narrow, side by side in the order of their names."""
    boxes = []

    def place(entries, left, depth):
        """entries: [(what is left of the stack, share)]"""
        by_frame = {}
        for stack, share in entries:
            if stack:
                by_frame.setdefault(stack[0], []).append((stack[1:], share))
        for frame, below in sorted(by_frame.items()):
            width = sum(share for _, share in below)
            if width >= narrowest:
                boxes.append(Box(left, width, depth, frame))
                place(below, left, depth + 1)
            left += width

    total = sum(folded.values())
    place([(stack, weight / total) for stack, weight in sorted(folded.items())], 0, 0)
    return boxes


def colour(module):
    if module in COLOURS:
        return COLOURS[module]
    hue = zlib.crc32(module.encode()) % 360
    return f"hsl({hue},35%,80%)"


def label(name, pixels):
    """As much of the name as fits: whole, without its first parts, or the begin of the last one."""
    room = int((pixels - 6) / LETTER)
    if room < 3:
        return ""
    while len(name) > room and "::" in name:
        name = name.split("::", 1)[1]
    return name if len(name) <= room else name[:room - 1] + "…"


def draw_box(box, base):
    inner = WIDTH - 2 * MARGIN
    left, width = MARGIN + box.left * inner, box.width * inner
    top = base - (box.depth + 1) * FRAME_HEIGHT
    text = label(box.frame.name, width)
    written = f'<text x="{left + 3:.1f}" y="{top + 12}">{escape(text)}</text>' if text else ""
    return (f"<g><title>{escape(box.frame.name)} ({escape(box.frame.module)}): {box.width:.1%}</title>"
            f'<rect x="{left:.1f}" y="{top}" width="{max(0.5, width - 0.5):.1f}" '
            f'height="{FRAME_HEIGHT - 1}" fill="{colour(box.frame.module)}"/>{written}</g>')


def draw_legend(shares, top):
    column = (WIDTH - 2 * MARGIN) / LEGEND_COLUMNS
    for number, (module, share) in enumerate(shares):
        left = MARGIN + number % LEGEND_COLUMNS * column
        y = top + number // LEGEND_COLUMNS * FRAME_HEIGHT
        yield (f'<rect x="{left:.1f}" y="{y}" width="12" height="12" fill="{colour(module)}"/>'
               f'<text x="{left + 17:.1f}" y="{y + 10}">{escape(module)} {share:.1%}</text>')


def draw(folded, title):
    boxes = layout(folded)
    shares = [pair for pair in stacks.self_shares(folded) if pair[1] >= LEGEND_LEAST]
    legend_top = 44
    flames_top = legend_top + -(-len(shares) // LEGEND_COLUMNS) * FRAME_HEIGHT + 10
    base = flames_top + (1 + max(box.depth for box in boxes)) * FRAME_HEIGHT
    height = base + MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="monospace" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="20" font-size="14">{escape(title)}</text>',
        f'<text x="{MARGIN}" y="36">By module, where the processor was itself (the top of each flame):</text>',
        *draw_legend(shares, legend_top), *(draw_box(box, base) for box in boxes), "</svg>", ""])
