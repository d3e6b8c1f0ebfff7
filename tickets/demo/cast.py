"""The players: who works for, buys from and asks the three vendors. All of them are invented."""

from datetime import date

from tickets.demo.stage import Kind, Stage, user_of
from vendors.models import Role

ONLY_PARTNER = "Petra Hartmann"  # Mastercam serves her through its partner only (M1)
SALES = "Frank Dorsey"  # an agent of Mastercam's Sales
SCHOOL = "Claudia Ernst"  # an agent of the support partner
EVERYWHERE = "Noor Haddad"  # an agent of all three vendors
OPERATOR = "Olof Drift"
UNKNOWN_ZONE = "Robin Vale"  # nobody knows where he works
TWO_VENDORS = "James Whitfield"  # customer of two vendors

_BERLIN, _LONDON, _VIENNA, _ZURICH = "Europe/Berlin", "Europe/London", "Europe/Vienna", "Europe/Zurich"


def bring_on(stage: Stage) -> None:
    """Make the cast of one vendor, inside its scope. KeyError for a vendor that the demo does not know."""
    _CASTS[stage.slug](stage)
    stage.person(EVERYWHERE, Role.AGENT, "en", zone=_BERLIN, country="DE")


def operator() -> None:
    """The login that runs the installation and sees no ticket."""
    user_of(OPERATOR, "sv", "Europe/Stockholm", operator=True)


def _staff(stage: Stage, zone: str, country: str, people: list[tuple[str, Role, str]]) -> None:
    for name, role, language in people:
        stage.person(name, role, language, zone=zone, country=country)


def _optocraft(stage: Stage) -> None:
    _staff(
        stage, _BERLIN, "DE",
        [
            ("Katrin Vogel", Role.AGENT, "de"),
            ("Jonas Reindl", Role.AGENT, "de"),
            ("Birgit Hofmann", Role.SUPERVISOR, "de"),
            ("Stefan Ammon", Role.SUPPORT_MANAGEMENT, "de"),
            ("Carla Neumann", Role.EXECUTIVE_SPONSOR, "en"),
            ("Tobias Lechner", Role.VENDOR_ADMIN, "de"),
        ],
    )  # fmt: skip
    stage.product("shsinspect", "SHSInspect 2Xpass", [])
    stage.product("shslab", "SHSLab", [])
    stage.product(
        "shsworks",
        "SHSWorks",
        [("10.412.1", date(2022, 4, 4)), ("11.007.3", date(2024, 9, 16)), ("11.019.2", date(2025, 11, 3))],
    )
    north = stage.house(Kind.DISTRIBUTOR, "Photonik Vertrieb Nord GmbH", "DE", _BERLIN, phone="+49 40 66969 120")
    stage.person("Henrike Claasen", Role.PARTNER_AGENT, "de", north, zone=_BERLIN, country="DE")
    stage.person("Malte Petersen", Role.PARTNER_AGENT, "de", north, zone=_BERLIN, country="DE")
    lenses = stage.house(Kind.CUSTOMER, "Linsenwerk Saaletal GmbH", "DE", _BERLIN)
    jena = stage.site(lenses, "Jena", "DE", _BERLIN, "Uwe Kessler", "TH")
    vienna = stage.site(lenses, "Wien", "AT", _VIENNA, "Eva Gruber", "9")
    anja = stage.person("Anja Kirchner", Role.CUSTOMER_ADMIN, "de", jena)
    uwe = stage.person("Uwe Kessler", Role.CUSTOMER_USER, "de", jena)
    eva = stage.person("Eva Gruber", Role.CUSTOMER_USER, "de", vienna, trained=None)
    contact = stage.house(Kind.CUSTOMER, "Pennine Contact Optics Ltd", "GB", _LONDON, supported_by=north)
    leeds = stage.site(contact, "Leeds", "GB", _LONDON, "Harriet Boyle", "ENG")
    cork = stage.site(contact, "Cork", "IE", "Europe/Dublin", "Declan Roche")
    james = stage.person(TWO_VENDORS, Role.CUSTOMER_ADMIN, "en", leeds)
    declan = stage.person("Declan Roche", Role.CUSTOMER_USER, "en", cork)
    freeform = stage.house(Kind.CUSTOMER, "Freiform Optik AG", "CH", _ZURICH)
    zug = stage.site(freeform, "Zug", "CH", _ZURICH, "Reto Amstutz", "ZG")
    reto = stage.person("Reto Amstutz", Role.CUSTOMER_ADMIN, "de", zug, trained=False)
    works = {"release": "11.019.2"}
    stage.item("SHI-21-0417", "shsinspect", jena, user=uwe, warranty=(-500, 230), **works)  # type: ignore[arg-type]
    stage.item("SHI-17-0093", "shsinspect", jena, user=anja, warranty=(-2900, -2170), release="11.007.3")
    stage.item("SHL-19-0255", "shslab", vienna, user=eva, warranty=(-2100, -1370), release="10.412.1")
    stage.item("SHI-24-0702", "shsinspect", leeds, user=james, sold_by=north, warranty=(-300, 430), **works)  # type: ignore[arg-type]
    stage.item("SHL-23-0588", "shslab", cork, user=declan, sold_by=north, warranty=(-640, 90), release="11.007.3")
    stage.item("SHL-22-0461", "shslab", zug, user=reto, warranty=(-700, 30), void_since=-120, **works)  # type: ignore[arg-type]
    stage.contract("frame", "RV-2025-014", lenses, -420, 310, [jena, vienna])
    stage.contract("frame", "RV-2023-008", freeform, -1100, -5, [zug])


def _mastercam(stage: Stage) -> None:
    _staff(
        stage, "America/New_York", "US",
        [
            ("Daniel Brooks", Role.AGENT, "en"),
            ("Yvonne Carter", Role.AGENT, "en"),
            ("Martha Keane", Role.SUPERVISOR, "en"),
            ("Robert Delaney", Role.SUPPORT_MANAGEMENT, "en"),
            ("Alicia Moreno", Role.EXECUTIVE_SPONSOR, "en"),
            ("Greg Whitman", Role.VENDOR_ADMIN, "en"),
        ],
    )  # fmt: skip
    stage.person("Elin Sandberg", Role.AGENT, "sv", zone="Europe/Stockholm", country="SE")
    stage.product(
        "mastercam-mill",
        "Mastercam Mill",
        [("2024", date(2023, 7, 12)), ("2025", date(2024, 7, 10)), ("2026", date(2025, 7, 9))],
    )
    stage.product("mastercam-lathe", "Mastercam Lathe", [])
    stage.product("mastercam-wire", "Mastercam Wire", [])
    south = stage.house(Kind.CHANNEL_PARTNER, "Zerspantechnik Süd GmbH", "DE", _BERLIN, phone="+49 89 99998 310")
    stage.person("Lukas Ebner", Role.PARTNER_AGENT, "de", south, zone=_BERLIN, country="DE")
    # What is no support but consulting goes there (M17).
    sales = stage.house(Kind.SALES, "Mastercam Sales", "US", "America/New_York", phone="+1 860 555 0142")
    stage.person(SALES, Role.PARTNER_AGENT, "en", sales, zone="America/New_York", country="US")
    nordic = stage.house(Kind.CUSTOMER, "Lindqvist Precision AB", "SE", "Europe/Stockholm")
    stockholm = stage.site(nordic, "Stockholm", "SE", "Europe/Stockholm", "Karin Lindqvist", "AB")
    birmingham = stage.site(nordic, "Birmingham", "GB", _LONDON, "Owen Pryce", "ENG")
    karin = stage.person("Karin Lindqvist", Role.CUSTOMER_ADMIN, "sv", stockholm)
    nils = stage.person("Nils Åkerman", Role.CUSTOMER_USER, "sv", stockholm)
    owen = stage.person("Owen Pryce", Role.CUSTOMER_USER, "en", birmingham)
    prairie = stage.house(Kind.CUSTOMER, "Prairie Aero Components Inc.", "US", "America/Chicago")
    chicago = stage.site(prairie, "Chicago", "US", "America/Chicago", "Dana Wright", "IL")
    kolkata = stage.site(prairie, "Kolkata", "IN", "Asia/Kolkata", "Arjun Sen", "WB")
    melbourne = stage.site(prairie, "Melbourne", "AU", "Australia/Melbourne", "Tess Hallam", "VIC")
    dana = stage.person("Dana Wright", Role.CUSTOMER_ADMIN, "en", chicago)
    luis = stage.person("Luis Ortega", Role.CUSTOMER_USER, "en", chicago)
    arjun = stage.person("Arjun Sen", Role.CUSTOMER_USER, "en", kolkata)
    tess = stage.person("Tess Hallam", Role.CUSTOMER_USER, "en", melbourne)
    contact = stage.house(Kind.CUSTOMER, "Pennine Contact Optics Ltd", "GB", _LONDON)
    leeds = stage.site(contact, "Leeds", "GB", _LONDON, "Harriet Boyle", "ENG")
    james = stage.person(TWO_VENDORS, Role.CUSTOMER_USER, "en", leeds)
    moulds = stage.house(Kind.CUSTOMER, "Hartmann Formenbau GmbH", "DE", _BERLIN, supported_by=south)
    ulm = stage.site(moulds, "Ulm", "DE", _BERLIN, "Petra Hartmann", "BW")
    petra = stage.person(ONLY_PARTNER, Role.CUSTOMER_ADMIN, "de", ulm)
    jobbing = stage.house(Kind.CUSTOMER, "Vale Jobbing & Tooling", "", "")
    robin = stage.person(UNKNOWN_ZONE, Role.CUSTOMER_USER, "en", jobbing)
    # The partner is served directly, for its own work too (M1): whoever asks there is a customer.
    stage.person("Vera Ostermann", Role.CUSTOMER_USER, "de", south, zone=_BERLIN, country="DE")
    mill, lathe = "mastercam-mill", "mastercam-lathe"
    stage.item("MC-448120", mill, stockholm, user=karin, release="2026")
    stage.item("MC-448121", mill, stockholm, user=nils, release="2026")
    stage.item("MC-448177", lathe, birmingham, user=owen, release="2025")
    stage.item("MC-391004", mill, chicago, user=luis, release="2026")
    stage.item("MC-391005", lathe, chicago, user=dana, release="2025")
    stage.item("MC-391062", mill, kolkata, user=arjun, release="2026")
    stage.item("MC-391090", mill, melbourne, user=tess, release="2026")
    stage.item("MC-502218", mill, leeds, user=james, release="2024")  # an old release (M2)
    stage.item("MC-617733", "mastercam-wire", ulm, user=petra, release="2025", sold_by=south)
    stage.item("MC-700415", mill, None, organisation=jobbing, user=robin, release="2026")
    stage.contract("connect", "CONNECT-20418", nordic, -700, 210, [stockholm, birmingham])
    stage.contract("connect", "CONNECT-18833", prairie, -400, 120, [chicago, melbourne])
    stage.contract("connect", "CONNECT-17102", prairie, -760, -14, [kolkata])  # ran out two weeks ago
    stage.contract("connect", "CONNECT-21950", contact, -90, None, [leeds])
    stage.contract("connect", "CONNECT-22007", jobbing, -40, 325)


def _image_instruments(stage: Stage) -> None:
    _staff(
        stage, _BERLIN, "DE",
        [
            ("Sabine Richter", Role.AGENT, "de"),
            ("Mirko Lang", Role.AGENT, "de"),
            ("Heike Wagner", Role.SUPERVISOR, "de"),
            ("Ralf Böhme", Role.SUPPORT_MANAGEMENT, "de"),
            ("Ines Albrecht", Role.EXECUTIVE_SPONSOR, "de"),
            ("Paul Zeidler", Role.VENDOR_ADMIN, "de"),
        ],
    )  # fmt: skip
    stage.product(
        "onyxceph",
        "OnyxCeph³",
        [("3.2.180", date(2022, 2, 1)), ("3.2.235", date(2025, 3, 3)), ("3.2.241", date(2026, 4, 7))],
    )
    dental = stage.house(Kind.DISTRIBUTOR, "Dentaldaten Mitte GmbH", "DE", _BERLIN, phone="+49 69 90009 240")
    stage.person("Silke Baumann", Role.PARTNER_AGENT, "de", dental, zone=_BERLIN, country="DE")
    stage.person("Fredrik Holm", Role.PARTNER_AGENT, "sv", dental, zone="Europe/Stockholm", country="SE")
    school = stage.house(
        Kind.SUPPORT_PARTNER, "Schulungswerk Kieferorthopädie", "DE", _BERLIN, phone="+49 30 23125 070"
    )
    stage.person(SCHOOL, Role.PARTNER_AGENT, "de", school, zone=_BERLIN, country="DE")
    park = stage.house(Kind.CUSTOMER, "Kieferorthopädie am Rosental", "DE", _BERLIN)
    leipzig = stage.site(park, "Leipzig", "DE", _BERLIN, "Marlene Fuchs", "SN")
    salzburg = stage.site(park, "Salzburg", "AT", _VIENNA, "Georg Leitner", "5")
    marlene = stage.person("Marlene Fuchs", Role.CUSTOMER_ADMIN, "de", leipzig)
    georg = stage.person("Georg Leitner", Role.CUSTOMER_USER, "de", salzburg)
    west = stage.house(Kind.CUSTOMER, "Tandregleringen Väst AB", "SE", "Europe/Stockholm", supported_by=dental)
    gothenburg = stage.site(west, "Göteborg", "SE", "Europe/Stockholm", "Malin Ek", "O")
    oslo = stage.site(west, "Oslo", "NO", "Europe/Oslo", "Sigrid Moen", "03")
    malin = stage.person("Malin Ek", Role.CUSTOMER_ADMIN, "sv", gothenburg)
    sigrid = stage.person("Sigrid Moen", Role.CUSTOMER_USER, "sv", oslo)
    # Bought from the distributor, with a support partner of its own (I4, I8).
    smile = stage.house(Kind.CUSTOMER, "Liffey Orthodontics", "IE", "Europe/Dublin", supported_by=school)
    dublin = stage.site(smile, "Dublin", "IE", "Europe/Dublin", "Aoife Brennan")
    aoife = stage.person("Aoife Brennan", Role.CUSTOMER_ADMIN, "en", dublin)
    stage.item("OC3-10277", "onyxceph", leipzig, user=marlene, release="3.2.241")
    stage.item("OC3-10278", "onyxceph", salzburg, user=georg, release="3.2.235")
    stage.item("OC3-20951", "onyxceph", gothenburg, user=malin, release="3.2.241", sold_by=dental)
    stage.item("OC3-20960", "onyxceph", oslo, user=sigrid, release="3.2.180", sold_by=dental)
    stage.item("OC3-31408", "onyxceph", dublin, user=aoife, release="3.2.235", sold_by=dental)
    stage.contract("maintenance", "SW-10277", park, -900, 160, [leipzig, salzburg])
    stage.contract("maintenance", "SW-20951", west, -500, 230, [gothenburg])
    stage.contract("maintenance", "SW-20960", west, -1200, -75, [oslo])
    stage.contract("maintenance", "SW-31408", smile, -300, 65, [dublin])


_CASTS = {"optocraft": _optocraft, "mastercam": _mastercam, "image-instruments": _image_instruments}
