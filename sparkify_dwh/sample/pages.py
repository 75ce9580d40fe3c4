"""The pages of the app other than NextSong, as the log feed writes them."""

from typing import NamedTuple


class Page(NamedTuple):
    """A page other than NextSong, with the parts of a record that it decides.

    Attributes:
        request: The method and the page, without the outer quotation marks.
        outcome: The keys song (which is null) and status, and the name of the key ts.
    """

    request: str
    outcome: str


def _page(name: str, *, method: str = "GET", status: int = 200) -> Page:
    """Return a page of a name, method and status."""
    return Page(f'{method}","page":"{name}', f',"song":null,"status":{status},"ts":')


ABOUT = _page("About")
ADD_FRIEND = _page("Add Friend", method="PUT", status=307)
ADD_TO_PLAYLIST = _page("Add to Playlist", method="PUT")
DOWNGRADE = _page("Downgrade")
ERROR = _page("Error", status=404)
HELP = _page("Help")
HOME = _page("Home")
LOGIN = _page("Login", method="PUT", status=307)
LOGOUT = _page("Logout", method="PUT", status=307)
ROLL_ADVERT = _page("Roll Advert")
SAVE_SETTINGS = _page("Save Settings", method="PUT", status=307)
SETTINGS = _page("Settings")
SUBMIT_DOWNGRADE = _page("Submit Downgrade", method="PUT", status=307)
SUBMIT_UPGRADE = _page("Submit Upgrade", method="PUT", status=307)
THUMBS_DOWN = _page("Thumbs Down", method="PUT", status=307)
THUMBS_UP = _page("Thumbs Up", method="PUT", status=307)
UPGRADE = _page("Upgrade")
