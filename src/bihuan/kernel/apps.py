from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "bihuan.kernel"
    label = "kernel"

    def ready(self) -> None:
        from bihuan.kernel import moments

        moments.read_quickly()
