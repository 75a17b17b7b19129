"""The example site. Its only link to the project is the importable module, put on the path here."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "detector_service" / "posters" / "for_django"))
os.environ["DJANGO_SETTINGS_MODULE"] = "clips.settings"

from django.core.management import execute_from_command_line  # noqa: E402

execute_from_command_line(sys.argv)
