from django.urls import path

from .views import page_token

app_name = "checked_uploads"
urlpatterns = [path("token", page_token, name="page-token")]
