"""Who listens and where: first and last names, metropolitan areas, browsers and phones."""

# First name and gender.
FIRST_NAMES = (
    ("Ava", "F"), ("Mia", "F"), ("Zoë", "F"), ("Clara", "F"), ("Renée", "F"), ("Hannah", "F"),
    ("Isabel", "F"), ("Chloé", "F"), ("Lucía", "F"), ("Naomi", "F"), ("Priya", "F"),
    ("Stella", "F"), ("Tessa", "F"), ("Violet", "F"), ("Yara", "F"), ("Wendy", "F"),
    ("Jasmine", "F"), ("Kayla", "F"), ("Maren", "F"), ("Olga", "F"), ("Freya", "F"),
    ("Adam", "M"), ("Ben", "M"), ("Carlos", "M"), ("Dmitri", "M"), ("Elias", "M"), ("Felix", "M"),
    ("Gavin", "M"), ("Hugo", "M"), ("Ivan", "M"), ("José", "M"), ("Kevin", "M"), ("Luis", "M"),
    ("Marcus", "M"), ("Noah", "M"), ("Owen", "M"), ("Peter", "M"), ("Søren", "M"), ("Ramón", "M"),
    ("Tyler", "M"), ("Victor", "M"), ("Walter", "M"), ("Jürgen", "M"),
)  # fmt: skip

LAST_NAMES = (
    "Abbott", "Alvarez", "Arnold", "Barnes", "Becker", "Bishop", "Brandt", "Calloway", "Castillo",
    "Chen", "Coleman", "Cruz", "Dalton", "Delgado", "Dubois", "Ellis", "Falk", "Ferreira",
    "Fletcher", "Fuentes", "Garner", "Gupta", "Hale", "Harding", "Hayes", "Holt", "Ibáñez",
    "Jensen", "Kapoor", "Keller", "Kowalski", "Lambert", "Larsen", "Lindqvist", "Maddox",
    "Mercer", "Molina", "Moreau", "Müller", "Nakamura", "Núñez", "O'Hara", "Okafor", "Osborne",
    "Park", "Pearson", "Quinn", "Ramsey", "Reyes", "Rossi", "Sandoval", "Sharma", "Sokolov",
    "Stone", "Tanaka", "Thorne", "Tran", "Underwood", "Valdez", "Vance", "Walsh", "Whitaker",
    "Zimmer", "Şahin",
)  # fmt: skip

# The busiest first: the draw prefers the early ones.
METRO_AREAS = (
    "New York-Newark-Jersey City, NY-NJ-PA", "San Francisco-Oakland-Hayward, CA",
    "Chicago-Naperville-Elgin, IL-IN-WI", "Los Angeles-Long Beach-Anaheim, CA",
    "Atlanta-Sandy Springs-Roswell, GA", "Dallas-Fort Worth-Arlington, TX",
    "Houston-The Woodlands-Sugar Land, TX", "Philadelphia-Camden-Wilmington, PA-NJ-DE-MD",
    "Washington-Arlington-Alexandria, DC-VA-MD-WV", "Boston-Cambridge-Newton, MA-NH",
    "Miami-Fort Lauderdale-West Palm Beach, FL", "Phoenix-Mesa-Scottsdale, AZ",
    "Seattle-Tacoma-Bellevue, WA", "Minneapolis-St. Paul-Bloomington, MN-WI",
    "Detroit-Warren-Dearborn, MI", "San Diego-Carlsbad, CA", "Denver-Aurora-Lakewood, CO",
    "Tampa-St. Petersburg-Clearwater, FL", "St. Louis, MO-IL", "Baltimore-Columbia-Towson, MD",
    "Charlotte-Concord-Gastonia, NC-SC", "Portland-Vancouver-Hillsboro, OR-WA",
    "San Antonio-New Braunfels, TX", "Sacramento--Roseville--Arden-Arcade, CA",
    "San Jose-Sunnyvale-Santa Clara, CA", "Nashville-Davidson--Murfreesboro--Franklin, TN",
    "Milwaukee-Waukesha-West Allis, WI", "New Orleans-Metairie, LA", "Salt Lake City, UT",
    "Birmingham-Hoover, AL", "Raleigh, NC", "Richmond, VA", "Columbia, SC", "Winston-Salem, NC",
    "New Haven-Milford, CT", "Oxnard-Thousand Oaks-Ventura, CA", "Harrisburg-Carlisle, PA",
    "Portland-South Portland, ME", "Lansing-East Lansing, MI", "Augusta-Richmond County, GA-SC",
    "Cañon City, CO", "Española, NM", "Mayagüez, PR", "Waterloo-Cedar Falls, IA", "Eugene, OR",
    "Lubbock, TX", "La Crosse-Onalaska, WI-MN", "Eureka-Arcata-Fortuna, CA", "Klamath Falls, OR",
    "Lake Havasu City-Kingman, AZ",
)  # fmt: skip

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


def _chrome(platform: str, *, version: str) -> str:
    """Return how Chrome names itself; the feed puts it between quotation marks of its own."""
    return f'"Mozilla/5.0 ({platform}) {_WEBKIT} Chrome/{version} Safari/537.36"'


def _firefox(platform: str, *, version: str) -> str:
    """Return how Firefox names itself; the feed gives it bare."""
    return f"Mozilla/5.0 ({platform}; rv:{version}) Gecko/20100101 Firefox/{version}"


def _safari(platform: str, *, version: str, mobile: str = "") -> str:
    """Return how Safari names itself on a Mac, or on a phone or tablet of a build."""
    return f'"Mozilla/5.0 ({platform}) {_APPLE} Version/{version} {mobile}Safari/605.1.15"'


_WINDOWS_10 = "Windows NT 10.0; Win64; x64"
_WINDOWS_7 = "Windows NT 6.1; WOW64"
_MAC_14 = "Macintosh; Intel Mac OS X 10_14_1"
_MAC_13 = "Macintosh; Intel Mac OS X 10_13_6"
_IPHONE_12 = "iPhone; CPU iPhone OS 12_1 like Mac OS X"
_IPHONE_11 = "iPhone; CPU iPhone OS 11_4_1 like Mac OS X"
_IPAD_12 = "iPad; CPU OS 12_1 like Mac OS X"

# The commonest first: the draw prefers the early ones.
USER_AGENTS = (
    _chrome(_WINDOWS_10, version="70.0.3538.77"),
    _chrome(_MAC_14, version="70.0.3538.77"),
    _safari(_IPHONE_12, version="12.0", mobile="Mobile/15E148 "),
    _firefox(_WINDOWS_10, version="63.0"),
    _chrome("Linux; Android 9; Pixel 3", version="70.0.3538.80 Mobile"),
    _safari(_MAC_14, version="12.0.1"),
    _chrome(_WINDOWS_7, version="70.0.3538.67"),
    _safari(_IPHONE_11, version="11.0", mobile="Mobile/15E148 "),
    _chrome("Linux; Android 8.0.0; SM-G960U", version="69.0.3497.100 Mobile"),
    _firefox("Macintosh; Intel Mac OS X 10.14", version="63.0"),
    _chrome(_MAC_13, version="69.0.3497.100"),
    _safari(_IPAD_12, version="12.0", mobile="Mobile/15E148 "),
    _safari(_MAC_13, version="11.1.2"),
    _firefox(_WINDOWS_7, version="62.0"),
    _chrome("X11; Linux x86_64", version="70.0.3538.77"),
    f'"Mozilla/5.0 ({_WINDOWS_10}) {_WEBKIT} Chrome/64.0.3282.140 Safari/537.36 Edge/17.17134"',
    _chrome("Linux; Android 7.0; Moto G (5)", version="68.0.3440.91 Mobile"),
    _firefox("X11; Ubuntu; Linux x86_64", version="63.0"),
    f'"Mozilla/5.0 ({_WINDOWS_10}) {_WEBKIT} Chrome/69.0.3497.100 Safari/537.36 OPR/56.0.3051.52"',
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    _chrome("X11; CrOS x86_64 11021.56.0", version="70.0.3538.76"),
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; WOW64; Trident/6.0)",
)
