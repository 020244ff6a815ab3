"""What a page says to everybody alike: drawn once in a process for each language."""

from django.template import Context
from django.template.base import Node, NodeList, Parser, Token
from django.utils.translation import get_language


class Fixed(Node):
    """Keeps its content as it was first drawn. It is drawn without the page's variables, so nobody's can be kept."""

    def __init__(self, nodelist: NodeList):
        self.nodelist = nodelist
        self.drawn: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        if language not in self.drawn:
            self.drawn[language] = self.nodelist.render(context.new())
        return self.drawn[language]


def fixed(parser: Parser, token: Token) -> Fixed:
    """`{% fixed %}…{% endfixed %}` around words, icons and addresses that are the same for every reader."""
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    return Fixed(nodelist)
