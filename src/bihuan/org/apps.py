from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "bihuan.org"
    label = "org"

    def ready(self) -> None:
        from bihuan.org import scope, verbs  # noqa: F401
        from bihuan.workdays import rights

        rights.decide_by(scope.may_edit_calendar)
