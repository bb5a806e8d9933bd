"""What can be done with users."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from service.domain.models import User
from service.platform.errors import ConflictError, ForbiddenError, UnauthorizedError
from service.platform.tokens import INVALID

P = ParamSpec("P")
T = TypeVar("T")
# Built once: to build a statement costs more than to run it.
BY_NUMBER = select(User).where(User.id == bindparam("number"))


def register(session: Session, email: str, name: str, password_hash: str) -> User:
    """Store a new user.

    Raises:
        ConflictError: the address is taken, in whatever case it was written.
    """
    user = User(email=email.lower(), name=name, password_hash=password_hash)
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError("There is already a user with this e-mail address.") from None
    return user


def by_email(session: Session, email: str) -> User | None:
    """The user with the address, in whatever case it is written."""
    if "\0" in email:  # nobody's, and PostgreSQL cannot even be asked
        return None
    return session.scalars(select(User).where(User.email == email.lower())).one_or_none()


def active(session: Session, number: int) -> User:
    """The user, looked up.

    Raises:
        UnauthorizedError: there is no such user, or it was deactivated.
    """
    user = session.scalars(BY_NUMBER, {"number": number}).one_or_none()
    if user is None or not user.active:
        raise UnauthorizedError("The access token is not valid; ask for a new one.", INVALID)
    return user


def acting(
    session: Session, number: int, work: Callable[Concatenate[Session, User, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Do the work as the user, looked up in the same unit of work, so that a deactivated one is out at once.

    Raises:
        UnauthorizedError: there is no such user, or it was deactivated.
    """
    return work(session, active(session, number), *args, **kwargs)


@dataclass(frozen=True)
class Part:
    """Which part of the list of users.

    Attributes:
        after: the number of the user it begins behind.
        limit: most users.
        with_items: whether their items are read, too.
    """

    after: int
    limit: int
    with_items: bool


def page(session: Session, user: User, part: Part) -> Sequence[User]:
    """The users of one part; one statement, and one more for the items of them all.

    Raises:
        ForbiddenError: whoever asks is no administrator.
    """
    if not user.admin:
        raise ForbiddenError("Only administrators see other users.")
    statement = select(User).where(User.id > part.after).order_by(User.id).limit(part.limit)
    if part.with_items:
        statement = statement.options(selectinload(User.items))
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def renew_hash(session: Session, number: int, old: str, new: str) -> None:
    """Replace the hash of the same password; one that was changed meanwhile stays."""
    session.execute(update(User).where(User.id == number, User.password_hash == old).values(password_hash=new))
