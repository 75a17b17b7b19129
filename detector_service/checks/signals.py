"""What other rooms can listen to. Sent after the commit, robustly: a listener cannot undo it."""

from django.dispatch import Signal

finding_made = Signal()  # finding: Finding. A bundle has looked at these bytes for the first time.
