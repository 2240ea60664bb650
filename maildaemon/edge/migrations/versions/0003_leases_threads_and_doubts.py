"""Leases, threads and doubts"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import maildaemon.edge.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("mailbox", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("owner", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("until", maildaemon.edge.tables.Utc(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_lease")),
    )
    text = sqlmodel.sql.sqltypes.AutoString()
    with op.batch_alter_table("outgoing") as batch_op:
        batch_op.add_column(sa.Column("thread", text, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("traffic", text, nullable=False, server_default="other"))
        batch_op.add_column(sa.Column("parked", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f("ix_outgoing_settled_at"), ["settled_at"], unique=False)
    # Until now a person was told of every message in doubt at once.
    op.execute("UPDATE outgoing SET parked = 1 WHERE state = 'in_doubt'")


def downgrade() -> None:
    with op.batch_alter_table("outgoing") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_settled_at"))
        batch_op.drop_column("parked")
        batch_op.drop_column("traffic")
        batch_op.drop_column("thread")
    op.drop_table("lease")
