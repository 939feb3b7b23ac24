"""The subjects, each a folder; the server and the command line loop over them."""

from typing import Final

from dashboard.center.subject import Subject
from dashboard.doors.errors import declare
from dashboard.subjects.positions import POSITIONS

SUBJECTS: Final[tuple[Subject, ...]] = (POSITIONS,)

for _subject in SUBJECTS:
    declare(_subject.errors)
