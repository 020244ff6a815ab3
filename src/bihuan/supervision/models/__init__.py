from bihuan.supervision.models.assignments import Assignment, Term
from bihuan.supervision.models.calendars import Rederivation
from bihuan.supervision.models.counting import Count, Tally
from bihuan.supervision.models.exchanges import (
    CriterionCheck,
    Effect,
    Explanation,
    Extension,
    LookBack,
    Objection,
    Obstacle,
    Proof,
    Reached,
    Report,
    Review,
    Submission,
    Suspension,
    Urge,
)
from bihuan.supervision.models.ladders import LadderEdition
from bihuan.supervision.models.letters import (
    Addressee,
    Letter,
    LetterObjection,
    Matter,
    Promise,
    TemplateEdition,
)
from bihuan.supervision.models.lights import LightOverride, ThemeEdition
from bihuan.supervision.models.plans import (
    Area,
    Criterion,
    Dispatch,
    Item,
    LeadingMember,
    Milestone,
    Plan,
    Setting,
    Source,
    Target,
)
from bihuan.supervision.models.proposals import Proposal
from bihuan.supervision.models.readings import Ground, Passage
from bihuan.supervision.models.reckonings import Reckoning, Subtotal, Touched
from bihuan.supervision.models.scores import ScoreEdition, ScoreLine, ScoreObjection, ScoreSheet
from bihuan.supervision.models.slots import Slot

__all__ = [
    "Addressee",
    "Area",
    "Assignment",
    "Count",
    "Criterion",
    "CriterionCheck",
    "Dispatch",
    "Effect",
    "Explanation",
    "Extension",
    "Ground",
    "Item",
    "LadderEdition",
    "LeadingMember",
    "Letter",
    "LetterObjection",
    "LightOverride",
    "LookBack",
    "Matter",
    "Milestone",
    "Objection",
    "Obstacle",
    "Passage",
    "Plan",
    "Promise",
    "Proof",
    "Proposal",
    "Reached",
    "Reckoning",
    "Rederivation",
    "Report",
    "Review",
    "ScoreEdition",
    "ScoreLine",
    "ScoreObjection",
    "ScoreSheet",
    "Setting",
    "Slot",
    "Source",
    "Submission",
    "Subtotal",
    "Suspension",
    "Tally",
    "Target",
    "TemplateEdition",
    "Term",
    "ThemeEdition",
    "Touched",
    "Urge",
]
