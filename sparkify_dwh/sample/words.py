"""Invented words, and how they make titles of songs and names of artists."""

from sparkify_dwh.sample.draws import Draws
from sparkify_dwh.sample.people import FIRST_NAMES, LAST_NAMES

_ADJECTIVES = (
    "Amber", "Blue", "Broken", "Burning", "Copper", "Crooked", "Distant", "Early", "Electric",
    "Empty", "Faded", "Gentle", "Golden", "Hidden", "Hollow", "Idle", "Lonely", "Lost", "Lucky",
    "Midnight", "Narrow", "Northern", "Paper", "Patient", "Quiet", "Restless", "Rusty", "Second",
    "Secret", "Silver", "Sleepless", "Slow", "Southern", "Stolen", "Sudden", "Tender", "Velvet",
    "Wandering", "Wild", "Winter",
)  # fmt: skip

_NOUNS = (
    "Anchor", "Avenue", "Balcony", "Bicycle", "Bridge", "Canyon", "Carousel", "Cinder", "Compass",
    "Corner", "Daylight", "Engine", "Feather", "Ferry", "Garden", "Harbour", "Highway", "Horizon",
    "Island", "Kite", "Lantern", "Letter", "Lighthouse", "Machine", "Meadow", "Mirror", "Monday",
    "Mountain", "Ocean", "Orchard", "Parade", "Pigeon", "Planet", "Radio", "Railway", "River",
    "Rooftop", "Satellite", "Season", "Shadow", "Signal", "Station", "Stranger", "Telephone",
    "Thunder", "Valley", "Violin", "Weather", "Window", "Wolf",
)  # fmt: skip

_VERBS = (
    "Call", "Carry", "Chase", "Find", "Follow", "Forget", "Hold", "Keep", "Leave", "Lose", "Miss",
    "Paint", "Remember", "Save", "Send", "Take", "Teach", "Wake",
)  # fmt: skip

# Titles and names beyond ASCII, up to a character outside the basic plane: every program
# between the feed and a report has to carry them.
_FOREIGN = (
    "Canción del Río", "Corazón de Papel", "Mañana en Málaga", "Été Indigo", "Là-bas, Très Loin",
    "Café à Minuit", "Straße nach Süden", "Größer als Grün", "Über den Dächern", "Blåbär och Snö",
    "Hjärtats Sång", "Fjord på Ny", "Coração Azul", "São Tempo", "Světlo v Okně", "Žlutá Loď",
    "Źródło", "Łódka na Wiśle", "İki Gül", "Ночной поезд", "Тихая река", "Νύχτα", "夜の電車",
    "雨の街", "바람의 노래", "Noche 🌙",
)  # fmt: skip

_TITLE_ENDINGS = (
    "(Live)", "(Album Version)", "(LP Version)", "(Acoustic)", "(Instrumental)", "(Radio Edit)",
    "[Demo]", "(2004 Digital Remaster)", "(Explicit)", "/ Reprise",
)  # fmt: skip

# How a title is put together, the commonest forms more than once. The words of a form are drawn
# from the lists above, `other` from the nouns.
_TITLE_FORMS = (
    "{adjective} {noun}", "{adjective} {noun}", "{adjective} {noun}", "{adjective} {noun}",
    "{verb} The {noun}", "{verb} The {noun}", "{verb} The {noun}",
    "{noun} Of The {other}", "{noun} Of The {other}",
    "Don't {verb} My {noun}", "Don't {verb} My {noun}",
    "The {adjective} {noun} And The {other}", "The {adjective} {noun} And The {other}",
    "{noun}", "{noun}/{other}", '"{noun}"',
)  # fmt: skip

_ARTIST_FORMS = (
    "{first} {last}", "{first} {last}", "{first} {last}", "{first} {last}", "{first} {last}",
    "The {adjective} {noun}s", "The {adjective} {noun}s", "The {adjective} {noun}s",
    "{adjective} {noun}", "{adjective} {noun}", "{noun} & {other}", "{noun} & {other}",
    "{last} {band}", "{last} {band}", "{first} {last} And The {noun}s",
)  # fmt: skip

_BAND_ENDINGS = (
    "Quartet", "Orchestra", "Ensemble", "Collective", "Sound System", "Brothers", "Sisters",
    "Project", "Club", "Trio",
)  # fmt: skip

_FOREIGN_BANDS = (
    "Los Ríos del Norte", "Señor Pájaro", "Les Étoiles Pâles", "Chœur Bohème", "Die Grünen Vögel",
    "Übermorgen", "Sjöbris", "Ålesund Sju", "Ítaca", "Irmãos Trovão", "Český Déšť", "Żółty Dom",
    "Gökyüzü", "Молния", "Καράβι", "青い鳥", "달빛",
)  # fmt: skip

# Place, latitude and longitude in ten-thousandths of a degree.
PLACES = (
    ("London, England", 515074, -1278), ("New York, NY", 407128, -740060),
    ("Los Angeles, CA", 340522, -1182437), ("Chicago, IL", 418781, -876298),
    ("Nashville, TN", 361627, -867816), ("Memphis, TN", 351495, -900490),
    ("Detroit, MI", 423314, -830458), ("Austin, TX", 302672, -977431),
    ("Atlanta, GA", 337490, -843880), ("Seattle, WA", 476062, -1223321),
    ("San Francisco, CA", 377749, -1224194), ("Philadelphia, PA", 399526, -751652),
    ("New Orleans, LA", 299511, -900715), ("Manchester, England", 534808, -22426),
    ("Glasgow, Scotland", 558642, -42518), ("Dublin, Ireland", 533498, -62603),
    ("Toronto, Ontario, Canada", 436532, -793832), ("Montréal, Québec, Canada", 455017, -735673),
    ("Paris, France", 488566, 23522), ("Orléans, France", 479030, 19093),
    ("Berlin, Germany", 525200, 134050), ("Köln, Germany", 509375, 69603),
    ("Zürich, Switzerland", 473769, 85417), ("Wien, Austria", 482082, 163738),
    ("Göteborg, Sweden", 577089, 119746), ("Tromsø, Norway", 696492, 189553),
    ("København, Denmark", 556761, 125683), ("Reykjavík, Iceland", 641466, -219426),
    ("Málaga, Spain", 367213, -44214), ("Lisboa, Portugal", 387223, -91393),
    ("São Paulo, Brazil", -235505, -466333), ("Bogotá, Colombia", 47110, -740721),
    ("Ciudad de México", 194326, -991332), ("Kingston, Jamaica", 179714, -767936),
    ("Accra, Ghana", 56037, -1870), ("Bamako, Mali", 126392, -80029),
    ("Kraków, Poland", 500647, 199450), ("Zagreb, Croatia", 458150, 159819),
    ("İstanbul, Turkey", 410082, 289784), ("Tōkyō, Japan", 356762, 1396503),
    ("Melbourne, Australia", -378136, 1449631), ("Auckland, New Zealand", -368509, 1747645),
    ("California", 367783, -1194179), ("Texas", 319686, -999018), ("Ohio", 404173, -829071),
    ("Sweden", 601282, 186435),
)  # fmt: skip

_FOREIGN_SHARE = 0.09
_ENDING_SHARE = 0.12


def invent_title(draws: Draws) -> str:
    """Invent the title of a song, one in eight with an ending like "(Live)"."""
    title = draws.pick(_FOREIGN)
    if not draws.chance(_FOREIGN_SHARE):
        title = draws.pick(_TITLE_FORMS).format(
            adjective=draws.pick(_ADJECTIVES),
            noun=draws.pick(_NOUNS),
            other=draws.pick(_NOUNS),
            verb=draws.pick(_VERBS),
        )
    return f"{title} {draws.pick(_TITLE_ENDINGS)}" if draws.chance(_ENDING_SHARE) else title


def invent_artist_name(draws: Draws) -> str:
    """Invent the name of a singer or a band."""
    if draws.chance(_FOREIGN_SHARE):
        return draws.pick(_FOREIGN_BANDS)
    return draws.pick(_ARTIST_FORMS).format(
        adjective=draws.pick(_ADJECTIVES),
        noun=draws.pick(_NOUNS),
        other=draws.pick(_NOUNS),
        first=draws.pick(FIRST_NAMES)[0],
        last=draws.pick(LAST_NAMES),
        band=draws.pick(_BAND_ENDINGS),
    )
