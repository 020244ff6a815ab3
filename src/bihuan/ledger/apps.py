from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "bihuan.ledger"
    label = "ledger"

    def ready(self) -> None:
        from bihuan.ledger import checks, verbs  # noqa: F401
