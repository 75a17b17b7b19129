from django.urls import include, path

from . import forms, views

urlpatterns = [
    path("", views.post, {"form_class": forms.FileForm}),
    path("closed", views.post, {"form_class": forms.ClosedForm}),
    path("holding", views.post, {"form_class": forms.HoldingForm}),
    path("link", views.post, {"form_class": forms.LinkForm}),
    path("clips/<int:number>", views.clip, name="clip"),
    path("check/", include("checked_uploads.urls")),
]
