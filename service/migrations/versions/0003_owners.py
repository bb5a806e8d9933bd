"""Items have owners and revisions, users may be administrators, and answers are kept by idempotency key.

Only additions with defaults, so that the code before it goes on storing items while it is being replaced.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_items_owner": ["owner_id", "id"],
    "ix_items_owner_name": ["owner_id", "name", "id"],
    "ix_items_owner_price": ["owner_id", "price", "id"],
}


def upgrade() -> None:
    op.add_column("users", sa.Column("admin", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("items") as items:
        items.add_column(sa.Column("owner_id", sa.Integer()))
        items.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        items.create_foreign_key("fk_items_owner_id", "users", ["owner_id"], ["id"])
    for name, columns in INDEXES.items():
        op.create_index(name, "items", columns)
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_idempotency_keys_user_id"),
        sa.UniqueConstraint("user_id", "key", name="uq_idempotency_keys_user_id"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    for name in INDEXES:
        op.drop_index(name, "items")
    with op.batch_alter_table("items") as items:
        items.drop_constraint("fk_items_owner_id", type_="foreignkey")
        items.drop_column("revision")
        items.drop_column("owner_id")
    with op.batch_alter_table("users") as users:
        users.drop_column("admin")
