"""Countries (ISO 3166-1) and places (ISO 3166-2), as the standard lists them today.

Mexico's states are listed one by one, for statistics count by them; of another country's divisions only the
form and the country are looked at.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from .values import refusal

ALPHA_2 = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905  # one code per line would fill pages
)
ALPHA_3 = frozenset(
    """
    ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR
    BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG
    COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH
    FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY
    HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM
    KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL
    MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR
    NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU
    SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA
    TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB
    VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
    """.split()  # noqa: SIM905  # one code per line would fill pages
)
STATES_OF_MEXICO = frozenset(
    """
    AGU BCN BCS CAM CHH CHP CMX COA COL DUR GRO GUA HID JAL MEX MIC MOR NAY NLE OAX PUE QUE ROO SIN
    SLP SON TAB TAM TLA VER YUC ZAC
    """.split()  # noqa: SIM905  # one code per line would fill pages
)
"""The 32 of today: Mexico City is ``CMX``, as ISO has called it since 2016."""

DIVISION_FORM = re.compile(r"(?P<country>[A-Z]{2})-(?P<division>[A-Z0-9]{1,3})")
LANGUAGE_FORM = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def _country_of_origin(code: str) -> str:
    if code not in ALPHA_3 and code not in {"stateless", "unknown"}:
        raise refusal("not_listed")
    return code


def _place(code: str) -> str:
    division = DIVISION_FORM.fullmatch(code)
    if division is None:
        listed = code in ALPHA_2
    elif division["country"] == "MX":
        listed = division["division"] in STATES_OF_MEXICO
    else:
        listed = division["country"] in ALPHA_2
    if not listed:
        raise refusal("not_listed")
    return code


def _language(tag: str) -> str:
    if not LANGUAGE_FORM.fullmatch(tag):
        raise refusal("not_a_language")
    return tag


CountryOfOrigin = Annotated[str, AfterValidator(_country_of_origin)]
Place = Annotated[str, AfterValidator(_place)]
"""``MX-CHP``, or a country: ``GT``."""
Language = Annotated[str, AfterValidator(_language)]
"""BCP 47 by its form; many of the region's languages have only an ISO 639-3 code (``mam``, ``quc``)."""
