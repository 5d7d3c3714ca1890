"""The demo's organizations, centres and people who sign in. All made up."""

from dataclasses import dataclass

DOMAIN = "demo.example"
PASSWORD = "seven quiet rivers"  # noqa: S105  printed beside every sign-in of the demo


@dataclass(frozen=True)
class DemoCentre:
    code: str
    name: str
    organization: str
    country: str
    currency: str
    share: int  # of the cards, in percent
    nationalities: tuple  # as often as they occur here
    destinations: tuple
    currencies: tuple  # of compensation, as often as they occur here
    team: tuple  # names of the staff member, the legal officer and, if the centre has its own, the coordinator
    calendar: str = "gregorian"


ORGANIZATIONS = {
    "Champei Workers' Union": "trade_union",
    "Savan Provincial Labour Service": "government",
    "Yuzana Migrant Aid": "civil_society",
    "Saphan Foundation": "civil_society",
    "Lotus River Employment Service": "government",
    "Kesatuan Pekerja Pelangi": "trade_union",
}

CENTRES = (
    DemoCentre(
        "PNH", "Phnom Penh", "Champei Workers' Union", "KH", "KHR", 22,
        ("KH",), ("TH", "TH", "TH", "MY", "KR", "JP"), ("THB", "THB", "USD", "MYR", "KHR"),
        ("Sok Chanthy", "Heng Vibol", "Keo Sophea"),
    ),
    DemoCentre(
        "SVK", "Savannakhet", "Savan Provincial Labour Service", "LA", "LAK", 12,
        ("LA",), ("TH",), ("THB", "THB", "LAK", "USD"),
        ("Noy Vongsa", "Bounmy Sisouk", "Davone Keomany"),
    ),
    DemoCentre(
        "MLM", "Mawlamyine", "Yuzana Migrant Aid", "MM", "MMK", 18,
        ("MM",), ("TH", "TH", "MY", "SG", "JP"), ("MMK", "MMK", "THB", "MYR"),
        ("Ma Su Wai", "Ko Zaw Naing", "Daw Khin Aye"),
    ),
    DemoCentre(
        "MSO", "Mae Sot", "Saphan Foundation", "TH", "THB", 13,
        ("MM", "MM", "MM", "MM", "LA", "KH"), ("TH",), ("THB", "THB", "THB", "MMK"),
        ("Malee Jaidee", "Anan Srisuk"), "buddhist",
    ),
    DemoCentre(
        "CNX", "Chiang Mai", "Saphan Foundation", "TH", "THB", 9,
        ("MM", "MM", "LA", "TH"), ("TH", "TH", "TH", "KR", "TW"), ("THB", "THB", "THB", "TWD"),
        ("Suda Meesuk", "Thana Wongkham"), "buddhist",
    ),
    DemoCentre(
        "HTH", "Hà Tĩnh", "Lotus River Employment Service", "VN", "VND", 15,
        ("VN",), ("TW", "TW", "JP", "KR", "MY", "TH"), ("VND", "VND", "USD", "TWD"),
        ("Phạm Thu Hiền", "Lê Quang Bình", "Trần Ngọc Yến"),
    ),
    DemoCentre(
        "KUL", "Kuala Lumpur", "Kesatuan Pekerja Pelangi", "MY", "MYR", 11,
        ("NP", "NP", "BD", "ID", "ID", "MM", "VN"), ("MY",), ("MYR", "MYR", "MYR", "USD"),
        ("Noraini Yusof", "Azman Osman", "Faridah Salleh"),
    ),
)  # fmt: skip

CODES = tuple(centre.code for centre in CENTRES)
TEAM_ROLES = ("staff", "legal_officer", "coordinator")


@dataclass(frozen=True)
class SignIn:
    email: str
    name: str
    role: str
    centres: tuple = ()


def sign_ins():
    """Everybody of the demo: the team of each centre, who coordinates two, who sees numbers only, who manages."""
    teams = [
        SignIn(f"{role.partition('_')[0]}.{centre.code.lower()}@{DOMAIN}", name, role, (centre.code,))
        for centre in CENTRES
        for role, name in zip(TEAM_ROLES, centre.team, strict=False)
    ]
    return [
        *teams,
        SignIn(f"coordinator.north@{DOMAIN}", "Duangjai Phromdee", "coordinator", ("CNX", "MSO")),
        SignIn(f"programme@{DOMAIN}", "Anna Example", "programme_officer", CODES),
        SignIn(f"programme.mekong@{DOMAIN}", "Somsack Silivong", "programme_officer", ("HTH", "PNH", "SVK")),
        SignIn(f"administrator@{DOMAIN}", "Ravi Example", "administrator"),
    ]
