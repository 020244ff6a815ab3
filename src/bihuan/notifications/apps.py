from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "bihuan.notifications"
    label = "notifications"

    def ready(self) -> None:
        from bihuan.notifications.queries import unread_count
        from bihuan.ui import navigation

        navigation.ring_bell("notices", unread_count)
