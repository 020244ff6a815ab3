"""Templates as they are sent."""

import re

from django.template import Origin
from django.template.loaders.app_directories import Loader as ApplicationsLoader

INDENTATION = re.compile(r"\n[ \t]+")


class Loader(ApplicationsLoader):
    """The applications' templates without the indentation we read them by: in a long table it is half of the page.

    The lines stay, so an error names the right one. No template of ours keeps white space that a reader sees.
    """

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        return INDENTATION.sub("\n", contents) if str(origin.name).endswith(".html") else contents
