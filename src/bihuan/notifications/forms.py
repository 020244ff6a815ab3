"""Forms about channels."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.notifications.models import Channel
from bihuan.notifications.rules import Kind, Takes

SECRET_ATTRS = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class ChannelForm(forms.Form):
    """Opening a channel (开通通道), or changing one: then the address stays as it is unless it is written anew."""

    name = forms.CharField(label=_("名称"), max_length=40)
    kind = forms.ChoiceField(label=_("类型"), choices=Kind)
    takes = forms.ChoiceField(
        label=_("发什么"), choices=Takes, initial=Takes.PRESSING, widget=forms.RadioSelect
    )
    address = forms.CharField(
        label=_("地址"),
        max_length=2000,
        widget=forms.TextInput(SECRET_ATTRS),
        help_text=_("机器人给出的 Webhook 地址，或电子邮箱。保存后加密，不再显示"),
    )
    secret = forms.CharField(
        label=_("签名密钥"),
        max_length=200,
        required=False,
        strip=True,
        widget=forms.PasswordInput(SECRET_ATTRS | {"autocomplete": "new-password"}),
        help_text=_("钉钉、飞书机器人选“加签”时给出；Webhook 用来核对来源。没有可不填"),
    )
    shared = forms.BooleanField(
        label=_("本单位共用"), required=False, help_text=_("发本单位承办、交办、审核的事项，写入留痕")
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, channel: Channel | None = None, may_share: bool = False, **kwargs: Any):
        if channel is not None:
            kwargs["initial"] = {
                "name": channel.name,
                "takes": channel.takes,
                "seen_version": channel.version,
            }
        super().__init__(*args, **kwargs)
        if channel is not None:
            del self.fields["kind"], self.fields["shared"]
            self.fields["address"].required = False
            self.fields["address"].help_text = _("不改可不填；要换地址或密钥，两项一并重填")
        else:
            del self.fields["seen_version"]
            if not may_share:
                del self.fields["shared"]
