"""What people do in a session: how long they listen, and which pages they visit meanwhile."""

from sparkify_dwh.sample import pages
from sparkify_dwh.sample.draws import Draws
from sparkify_dwh.sample.listeners import Listener
from sparkify_dwh.sample.sessions import Jukebox, ListenerSession, Session

# Pages that are visited between two songs, each as often as it stands here.
_PAGES_OF_FREE = (
    *((pages.ROLL_ADVERT,) * 9),
    *((pages.THUMBS_UP,) * 6),
    *((pages.HOME,) * 6),
    *((pages.ADD_TO_PLAYLIST,) * 3),
    *((pages.UPGRADE,) * 3),
    *((pages.THUMBS_DOWN,) * 2),
    *((pages.SETTINGS,) * 2),
    pages.ADD_FRIEND,
    pages.HELP,
    pages.ABOUT,
)
_PAGES_OF_PAID = (
    *((pages.HOME,) * 12),
    *((pages.THUMBS_UP,) * 10),
    *((pages.ADD_TO_PLAYLIST,) * 6),
    *((pages.ADD_FRIEND,) * 3),
    *((pages.THUMBS_DOWN,) * 3),
    *((pages.SETTINGS,) * 3),
    *((pages.DOWNGRADE,) * 3),
    pages.HELP,
    pages.HELP,
    pages.ABOUT,
    pages.ERROR,
)
_PAGES_OF_VISITORS = (pages.HOME, pages.HOME, pages.HOME, pages.HELP, pages.ABOUT)

# Shares of those who see a page and then go through with it.
_UPGRADING_SHARE = 0.36
_DOWNGRADING_SHARE = 0.20
_SAVING_SHARE = 0.25

# Shares of the sessions: without a song, beginning with a login or with the home page, and
# ending with a logout.
_SONGLESS_SHARE = 0.09
_LOGIN_SHARE = 0.07
_HOME_SHARE = 0.50
_LOGOUT_SHARE = 0.10

# A session has at most so many songs, and so many in a row without another page.
_MOST_SONGS_OF_FREE = 22
_MOST_SONGS_OF_PAID = 72
_MOST_SONGS_IN_A_ROW = 17

# Waits until the next click, shortest and longest, in milliseconds.
_CLICK = (1_000, 9_000)
_LOOK = (1_000, 60_000)


def songs_wanted(listener: Listener, draws: Draws) -> int:
    """Draw how many songs a listener wants to hear; who pays listens longer."""
    if draws.unit() < _SONGLESS_SHARE:
        return 0
    share = draws.unit()
    most = _MOST_SONGS_OF_PAID if listener.paying else _MOST_SONGS_OF_FREE
    return 1 + int(most * share * share * share)


class Habits:
    """Lives through sessions, one after the other.

    What every session draws is compared right here: a call of `Draws.chance` takes as long as
    the draw.
    """

    def __init__(self, draws: Draws, jukebox: Jukebox) -> None:
        """Take the draws and the songs."""
        self._draws = draws
        self._jukebox = jukebox

    def browse(self, session: Session) -> None:
        """Look at a few pages without logging in."""
        draws = self._draws
        session.visit_logged_out(pages.HOME, wait=0)
        while draws.chance(0.35):
            session.visit_logged_out(draws.pick(_PAGES_OF_VISITORS), wait=draws.between(*_LOOK))

    def listen(self, session: ListenerSession, listener: Listener, songs: int) -> None:
        """Log in or be logged in, hear the songs, look at pages, and perhaps log out."""
        draws = self._draws
        self._arrive(session, must_visit=not songs)
        self._hear(session, listener, songs)
        if not songs and draws.unit() < 0.3:
            self._visit_meanwhile(session, listener)
        if draws.unit() < _LOGOUT_SHARE:
            self._leave(session, listener)

    def _arrive(self, session: ListenerSession, *, must_visit: bool) -> None:
        """Start with the login, with the home page, or right away with a song."""
        draws = self._draws
        if draws.unit() < _LOGIN_SHARE:
            if draws.chance(0.4):
                session.visit_logged_out(pages.HOME, wait=0)
                session.visit_logged_out(pages.LOGIN, wait=draws.between(*_CLICK))
            else:
                session.visit_logged_out(pages.LOGIN, wait=0)
            session.visit(pages.HOME, wait=draws.between(*_CLICK))
        elif must_visit or draws.unit() < _HOME_SHARE:
            session.visit(pages.HOME, wait=0)

    def _hear(self, session: ListenerSession, listener: Listener, songs: int) -> None:
        """Hear some songs, with visits of other pages in between."""
        draws = self._draws
        while songs:
            in_a_row = min(songs, 1 + int(draws.unit() * _MOST_SONGS_IN_A_ROW))
            session.play(self._jukebox, in_a_row)
            songs -= in_a_row
            if songs or draws.unit() < 0.2:
                self._visit_meanwhile(session, listener)

    def _visit_meanwhile(self, session: ListenerSession, listener: Listener) -> None:
        """Visit a page while a song plays, and go through with what it offers, or not."""
        draws = self._draws
        page = draws.pick(_PAGES_OF_PAID if listener.paying else _PAGES_OF_FREE)
        session.visit_during_song(page, draws.unit())
        if page is pages.UPGRADE and draws.chance(_UPGRADING_SHARE):
            session.visit(pages.SUBMIT_UPGRADE, wait=draws.between(*_CLICK))
            self._change_level(session, listener, paying=True)
        elif page is pages.DOWNGRADE and draws.chance(_DOWNGRADING_SHARE):
            session.visit(pages.SUBMIT_DOWNGRADE, wait=draws.between(*_CLICK))
            self._change_level(session, listener, paying=False)
        elif page is pages.SETTINGS and draws.chance(_SAVING_SHARE):
            session.visit(pages.SAVE_SETTINGS, wait=draws.between(*_CLICK))
            session.visit(pages.HOME, wait=draws.between(*_LOOK))

    def _change_level(self, session: ListenerSession, listener: Listener, *, paying: bool) -> None:
        """Change the level: records have the new one from the page after the submission on."""
        listener.paying = paying
        session.take_level()
        session.visit(pages.HOME, wait=self._draws.between(*_LOOK))

    def _leave(self, session: ListenerSession, listener: Listener) -> None:
        """Log out, look around, and perhaps come back for a few songs."""
        draws = self._draws
        session.visit_during_song(pages.LOGOUT, draws.unit())
        if draws.chance(0.6):
            session.visit_logged_out(draws.pick(_PAGES_OF_VISITORS), wait=draws.between(*_LOOK))
            if draws.chance(0.4):
                session.visit_logged_out(pages.LOGIN, wait=draws.between(*_CLICK))
                session.visit(pages.HOME, wait=draws.between(*_CLICK))
                self._hear(session, listener, draws.between(1, 6))
