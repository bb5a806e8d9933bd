"""What can be done with users."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.domain.models import User
from service.platform.errors import ConflictError


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


def active(session: Session, number: int) -> User | None:
    """The user, unless there is none or it was deactivated."""
    user = session.get(User, number)
    return user if user is not None and user.active else None


def renew_hash(session: Session, number: int, old: str, new: str) -> None:
    """Replace the hash of the same password; one that was changed meanwhile stays."""
    session.execute(update(User).where(User.id == number, User.password_hash == old).values(password_hash=new))
