"""What somebody wrote, and what he only quoted below it."""

import re

# How mail programs begin a quotation, in the languages of our customers.
_BEGINS = re.compile(
    r"^(On .{4,200} wrote:|Am .{4,200} schrieb.{0,120}:|Den .{4,200} skrev.{0,120}:|-{3,} ?Original.{0,40})$"
)


def without_quotation(body: str) -> tuple[str, str]:
    """A message's own words, and the quotation at its end (empty: none). What is quoted between answers stays where it is."""
    lines = body.split("\n")
    start = len(lines)
    while start > 0 and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith(">")):
        start -= 1
    for place, line in enumerate(lines):
        if _BEGINS.match(line.strip()) and (place + 1 >= start or line.lstrip().startswith("-")):
            start = place
            break
    own, quoted = "\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]).strip()
    return (own, quoted) if (own and ">" in quoted) or (own and _BEGINS.match(quoted.split("\n")[0])) else (body, "")
