"""What a page offers: where its links lead, and its forms with what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(frozen=True)
class Option:
    """One choice of a control: of a select, or one radio button or box to tick."""

    value: str
    chosen: bool


@dataclass
class Control:
    """What a form sends under one name."""

    name: str
    kind: str
    value: str = ""
    several: bool = False
    options: list[Option] = field(default_factory=list)


@dataclass
class Form:
    """A form: where it goes to, how, and its controls by name; `buttons` are the names and values of those that send one."""

    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    by_script: bool = False  # no form, but an element of a page that sends what stands in some form


@dataclass
class Page:
    """What was read."""

    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)


def read(text: str) -> Page:
    """A page's links and forms."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.page()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Page()
        self.named: dict[str, Form] = {}
        self.loose: list[tuple[str, str, dict[str, str]]] = []
        self.form: Form | None = None
        self.select: Control | None = None
        self.area: Control | None = None
        self.option: tuple[str, bool] | None = None
        self.words = ""

    def page(self) -> Page:
        """Controls outside their form, which they name, join it."""
        for owner, tag, given in self.loose:
            if owner in self.named:
                self._control(self.named[owner], tag, given)
        actions = {form.action for form in self.found.forms if form.controls}
        self.found.forms = [form for form in self.found.forms if not (form.by_script and actions & {form.action, ""})]
        return self.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found.links += [value for name, value in given.items() if value and _leads(name)]
        if tag == "form":
            self.form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.found.forms.append(self.form)
            if given.get("id"):
                self.named[given["id"]] = self.form
        elif given.get("hx-post") and self.form is None:  # inside a form it sends what the form does
            self.found.forms.append(Form(given["hx-post"], "post", by_script=True))
        if tag == "option" and self.select is not None:
            self._end_option()
            self.option, self.words = (given.get("value", "\0"), "selected" in given), ""
        elif tag in ("input", "select", "textarea", "button") and given.get("name"):
            if given.get("form"):
                self.loose.append((given["form"], tag, given))
            elif self.form is not None:
                self._control(self.form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "option":
            self._end_option()
        elif tag == "select":
            self._end_option()
            self.select = None
        elif tag == "textarea" and self.area is not None:
            self.area.value, self.area = self.words.removeprefix("\n"), None

    def handle_data(self, data: str) -> None:
        self.words += data

    def _end_option(self) -> None:
        if self.option is not None and self.select is not None:
            value, chosen = self.option
            self.select.options.append(Option(self.words.strip() if value == "\0" else value, chosen))
        self.option = None

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text").lower() if tag == "input" else tag
        if "disabled" in given:
            return
        if tag == "button" or kind in ("submit", "image"):
            form.buttons.append((name, given.get("value", "")))
            return
        control = form.controls.setdefault(name, Control(name, kind, given.get("value", "")))
        control.several = control.several or "multiple" in given
        if kind in ("radio", "checkbox"):
            control.options.append(Option(given.get("value", "on"), "checked" in given))
        elif tag == "select":
            self.select = control
        elif tag == "textarea":
            self.area, self.words = control, ""


def _leads(name: str) -> bool:
    return name in ("href", "hx-get") or (name.startswith("data-") and name.endswith("url"))


def elements(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element of a page with its attributes, as a browser's first look has them."""
    found: list[tuple[str, dict[str, str]]] = []

    class Looking(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    looking = Looking(convert_charrefs=True)
    looking.feed(text)
    looking.close()
    return iter(found)
