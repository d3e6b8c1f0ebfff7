"""Words for subjects and messages: an invented vocabulary, used as words of a language are, few often and many seldom."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from itertools import accumulate, product
from random import Random

VOCABULARY = 20_000  # words of a language
_STREAM = 1 << 19  # words that are drawn once, of which every text is a piece
_EVERY = 9  # words of a sentence

# The most frequent words of each language, in that order.
_SMALL = {
    "en": "the is to and of a in it we not on with for that this you are have after when no from was as be but can if or at"
    " since only then again still now here all our there some do has will were by an does each more which before",
    "de": "die der und ist in wir das nicht mit den auf zu ein es sich bei im dem nach von eine wird kann noch für aber wenn"
    " seit nur dann wieder auch hier haben sind alle unsere keine war werden am über durch oder beim mehr einen sie vor",
    "sv": "och det är att vi i som inte på en av med har för den till om när kan men så ett efter från bara sedan igen här"
    " alla vår var blir ingen vid eller mer under också utan finns måste nu de detta varje innan då",
}
_PLAIN = {
    "en": "error machine file program customer screen licence computer message update server window button value result"
    " part tool axis setup drawing report number list week morning colleague restart install open save send check start"
    " stop change wrong right slow empty black missing correct new old large small first last same different",
    "de": "Fehler Maschine Datei Programm Kunde Bildschirm Lizenz Rechner Meldung Update Server Fenster Taste Wert Ergebnis"
    " Teil Werkzeug Achse Aufspannung Zeichnung Bericht Nummer Liste Woche Morgen Kollege starten installieren öffnen"
    " speichern senden prüfen anhalten ändern falsch richtig langsam leer schwarz fehlend neu alt groß klein erste letzte",
    "sv": "fel maskin fil program kund skärm licens dator meddelande uppdatering server fönster knapp värde resultat del"
    " verktyg axel uppspänning ritning rapport nummer lista vecka morgon kollega starta installera öppna spara skicka"
    " kontrollera stanna ändra felaktig rätt långsam tom svart saknas ny gammal stor liten första sista samma",
}
# Parts of which each language makes its many seldom words.
_FRONTS = {
    "en": "tool feed spindle thread surface contour pocket drill mill lathe wire fixture stock coolant chip edge corner"
    " lens light sensor camera mirror image patient tooth scan backup network licence driver cable power data export import"
    " post code block cycle turret chuck probe holder clamp collet rough finish wave front",
    "de": "Werkzeug Vorschub Spindel Gewinde Flächen Kontur Taschen Bohr Fräs Dreh Draht Spann Rohteil Kühl Span Kanten Eck"
    " Linsen Licht Sensor Kamera Spiegel Bild Patienten Zahn Scan Sicherungs Netz Lizenz Treiber Kabel Strom Daten Ausgabe"
    " Einlese Satz Zyklus Revolver Futter Mess Halter Klemm Zangen Schrupp Schlicht Wellen Prüf Haupt Neben Zentral",
    "sv": "verktygs matnings spindel gäng yt kontur fick borr fräs svarv tråd spänn ämnes kyl spån kant hörn lins ljus"
    " sensor kamera spegel bild patient tand skann reserv nät licens driv kabel ström data export import block cykel"
    " revolver chuck mät hållar kläm grov fin våg prov huvud bi central rör",
}
_MIDDLES = {
    "en": "path rate point plane speed depth length angle offset table file frame time list set line",
    "de": "weg punkt ebenen tiefen längen winkel versatz tabellen datei rahmen zeit listen satz linien lauf kopf",
    "sv": "vägs punkts plans djups längds vinkel tabell fil ram tids list sats linje lopps huvud värdes",
}
_ENDS = {
    "en": "check error shift limit guard view test plan jump drift fault value map lock gap mark scale break stop log pair"
    " loss rest grid",
    "de": "fehler prüfung grenze anzeige versuch plan sprung abweichung störung wert karte sperre lücke marke skala bruch"
    " stopp protokoll paar verlust rest gitter messung wechsel",
    "sv": "fel kontroll gräns vy prov plan hopp drift störning värde karta lås lucka märke skala brott stopp logg par"
    " förlust rest nät mätning byte",
}
_GREETING = {"en": "Hello,", "de": "Guten Tag,", "sv": "Hej,"}
_CLOSING = {"en": "Kind regards", "de": "Mit freundlichen Grüßen", "sv": "Med vänliga hälsningar"}


@cache
def vocabulary(language: str) -> tuple[str, ...]:
    """The words of a language, the most frequent first; the last of a million are found a few times only."""
    seldom = ["".join(parts) for parts in product(*(_split(p, language) for p in (_FRONTS, _MIDDLES, _ENDS)))]
    pairs = [front + end for front, end in product(_split(_FRONTS, language), _split(_ENDS, language))]
    order = Random(f"words {language}")  # noqa: S311  no secret
    order.shuffle(seldom)
    order.shuffle(pairs)
    small, plain = _split(_SMALL, language), _split(_PLAIN, language)
    mixed = [word for pair in zip(small, plain, strict=False) for word in pair]
    rest = small[len(plain) :] + plain[len(small) :]
    return tuple(dict.fromkeys([*mixed, *rest, *pairs, *seldom]))[:VOCABULARY]


class Writer:
    """Writes texts of one language. Texts hold no backslash and no tab, and "\\n" for a new line as COPY reads it."""

    def __init__(self, language: str) -> None:
        self.language = language
        words = vocabulary(language)
        drawn = _draw(words, _STREAM)
        self._stream = _sentences(drawn)
        telling = [word for word in drawn if len(word) > 4]
        self._subjects = telling[: _STREAM // 8]

    def subject(self, random: Random) -> str:
        """Three to seven words without an end."""
        begin = int(random.random() * (len(self._subjects) - 8))
        text = " ".join(self._subjects[begin : begin + 3 + int(random.random() * 5)])
        return text[0].upper() + text[1:]

    def body(self, random: Random, mean: int, mention: str = "") -> str:
        """A message of about `mean` words, sometimes with greeting and closing; `mention` stands in a sentence of its own."""
        length = max(4, int(random.expovariate(1 / mean)) + 4) if mean else 4
        begin = int(random.random() * (_STREAM - length - 1))
        text = " ".join(self._stream[begin : begin + min(length, 8 * mean)]).rstrip(".,") + "."
        text = text[0].upper() + text[1:]
        if mention:
            text = f"{text} {mention}."
        if random.random() < 0.3:
            text = f"{_GREETING[self.language]}\\n\\n{text}\\n\\n{_CLOSING[self.language]}"
        return text


def code(random: Random) -> str:
    """What only one message names: an error's number."""
    return f"ERR-{int(random.random() * 90_000_000) + 10_000_000}"


def _split(parts: dict[str, str], language: str) -> list[str]:
    return parts[language].split()


def _draw(words: Sequence[str], number: int) -> list[str]:
    """Words as Zipf has them: the n-th in frequency about 1/n as often as the first; each at least once."""
    weights = list(accumulate(1 / (rank + 2.7) ** 1.15 for rank in range(len(words))))
    random = Random("stream")  # noqa: S311  no secret
    total = weights[-1]
    drawn = [words[bisect_left(weights, random.random() * total)] for _ in range(number - len(words))]
    drawn += words
    random.shuffle(drawn)
    return drawn


def _sentences(words: Sequence[str]) -> list[str]:
    text = list(words)
    for place in range(0, len(text) - 1, _EVERY):
        text[place] += "."
        text[place + 1] = text[place + 1][0].upper() + text[place + 1][1:]
    return text
