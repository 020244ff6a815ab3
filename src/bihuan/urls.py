"""All addresses of the site; each context keeps its own list."""

urlpatterns: list = []
