"""Pages of the theory of change and of indicators."""

app_name = "results"
urlpatterns = []
