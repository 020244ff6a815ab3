from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Account and password. What went wrong is said by the page, in one sentence with the attempts left."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("账号")
        self.fields["password"].label = _("密码")


class PasswordForm(PasswordChangeForm):
    """A password of one's own, checked by the rules of the site."""

    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": _("与现在的密码不符"),
        "password_mismatch": _("两遍输入的不一样"),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("现在的密码")
        self.fields["new_password1"].label = _("新密码")
        self.fields["new_password2"].label = _("再输一遍新密码")
        self.fields["new_password1"].help_text = _(
            "至少 %(length)s 位，含大写字母、小写字母、数字、其他符号中的 %(kinds)s 种"
        ) % {"length": settings.PASSWORD_LENGTH, "kinds": settings.PASSWORD_CLASSES}
        self.fields["new_password2"].help_text = ""
