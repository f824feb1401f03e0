"""Who may ask the demo's hub: three agencies' systems, staff at three levels, and the three administrators."""

from __future__ import annotations

from dataclasses import dataclass

from demo.published import COUNTY

TOWNSHIP = f"{COUNTY}100"
VILLAGE = f"{TOWNSHIP}200"


@dataclass(frozen=True, slots=True)
class DemoActor:
    """A client of the demo's hub. It may use tokens without proof, by a setting that the demo writes."""

    name: str
    role: str
    region: str = COUNTY
    agency: str | None = None


ACTORS = (
    DemoActor("bank-system", "agency-system", agency="BANK"),
    DemoActor("finance-system", "agency-system", agency="FINANCE"),
    DemoActor("relief-system", "agency-system", agency="RELIEF"),
    DemoActor("city-officer", "city-staff"),
    DemoActor("township-officer", "township-staff", TOWNSHIP),
    DemoActor("village-officer", "village-staff", VILLAGE),
    DemoActor("auditor", "auditor"),
    DemoActor("operator", "operator"),
    DemoActor("security-officer", "security-officer"),
)
