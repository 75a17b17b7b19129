"""What other rooms can listen to. Sent after the commit, robustly: a listener cannot undo it."""

from django.dispatch import Signal

finding_made = Signal()  # finding: Finding. A bundle has looked at these bytes for the first time.

# video: Video, before: VerdictView | None, after: VerdictView | None. What people decided took
# effect, and what is told is another outcome, by somebody else or for another reason; None while
# nobody is told anything. Sent once for each change, within seconds of ``after.decided_at``.
verdict_changed = Signal()

# video: Video, checks: QuerySet[Check]. It is erased for good, and these checks of it are about to
# go: whoever holds something of them lets it go in the same transaction.
video_erased = Signal()

# before: datetime. Who asked or contested before then is forgotten: whoever holds a hash of them
# lets it go.
askers_forgotten = Signal()

# video: Video. Of one that is withheld: whoever knows that nothing is ever said of it returns True.
verdict_forbidden = Signal()

# video: Video. Before a kept file is swept: whoever still needs it returns True.
file_needed = Signal()

# video: Video. The same, where ``KEEP_VIDEOS`` does not matter: a site's own policy promised it.
file_promised = Signal()

# video: Video, maybe without a row yet. Stands above both: whoever knows that nobody may keep the
# file returns True.
file_forbidden = Signal()
