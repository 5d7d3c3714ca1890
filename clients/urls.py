"""Pages of clients."""

app_name = "clients"
urlpatterns = []
