"""Pages of legal_cases."""

app_name = "legal_cases"
urlpatterns = []
