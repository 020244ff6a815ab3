"""Who acts: always explicit, never ambient."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in one of their appointments (岗位), or the system itself.

    `request_id` names one intention of the actor: a form carries it, so a second click or a retry after
    a time-out arrives with the same one and has no second effect.
    """

    person_id: int | None
    appointment_id: int | None
    unit_id: int | None
    post: str
    request_id: UUID = field(default_factory=uuid4)

    @property
    def is_system(self) -> bool:
        return self.person_id is None

    @property
    def own_person_id(self) -> int:
        """The person who acts, for what only a person does. Raises ValueError for the system."""
        if self.person_id is None:
            raise ValueError("the system acts where a person must")
        return self.person_id


def system(name: str, *, request_id: UUID | None = None) -> Actor:
    """The program acting on its own account, for time-driven work; `name` is a code such as `sweep`."""
    return Actor(None, None, None, f"system:{name}", request_id or uuid4())
