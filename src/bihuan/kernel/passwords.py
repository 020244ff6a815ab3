from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class CharacterClasses:
    """A password (口令) mixes several of: capitals, small letters, digits, other signs (domain.md §15)."""

    def __init__(self, classes: int = 3):
        self.classes = classes

    def validate(self, password: str, user: object = None) -> None:
        kinds = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
        if sum(any(map(kind, password)) for kind in kinds) < self.classes:
            raise ValidationError(self.get_help_text(), code="too_few_classes")

    def get_help_text(self) -> str:
        return _("口令须包含大写字母、小写字母、数字、其他符号中的至少 %(classes)s 种") % {
            "classes": self.classes
        }
