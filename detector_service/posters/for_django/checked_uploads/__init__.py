"""Asks a Deepfake Check service about what a person uploads, before it is published.

    INSTALLED_APPS += ["checked_uploads"]
    CHECKED_UPLOADS = {"SERVICE": "https://check.example", "KEY": "dfc_…", "SCRIPT": {…}}
    path("check/", include("checked_uploads.urls"))
    video = CheckedFileField()  # in a form: asks in the page, verifies on the server
    video = FileField(validators=[CheckedByService()])  # in a model: for what comes another way

It needs Django and nothing else of the service: the two talk over HTTP.
"""
