"""How far profiles are trusted"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import maildaemon.edge.tables

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    with op.batch_alter_table("decision") as batch_op:
        batch_op.add_column(sa.Column("profile", text, nullable=True))
        batch_op.add_column(sa.Column("action", text, nullable=True))
    # Before persons could decide, a mail's action was the gate's own.
    op.execute(
        "UPDATE decision SET profile = (SELECT mail.profile FROM mail WHERE mail.id = decision.mail_id), "
        "action = (SELECT mail.action FROM mail WHERE mail.id = decision.mail_id)"
    )
    with op.batch_alter_table("decision") as batch_op:
        batch_op.create_index("ix_decision_profile_action", ["profile", "action"], unique=False)
    op.create_table(
        "testimony",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("profile", text, nullable=False),
        sa.Column("contradicts", sa.Boolean(), nullable=False),
        sa.Column("what", text, nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("reason", text, nullable=True),
        sa.Column("at", maildaemon.edge.tables.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_testimony_mail_id_mail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimony")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_testimony_mail_id")),
    )
    op.create_index("ix_testimony_profile_id", "testimony", ["profile", "id"], unique=False)
    op.create_table(
        "profile_mode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile", text, nullable=False),
        sa.Column("mode", text, nullable=False),
        sa.Column("at", maildaemon.edge.tables.Utc(), nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("why", text, nullable=False),
        sa.Column("fell", sa.Boolean(), nullable=False),
        sa.Column("overruled", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_mode")),
    )
    op.create_index("ix_profile_mode_profile_id", "profile_mode", ["profile", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("profile_mode")
    op.drop_table("testimony")
    with op.batch_alter_table("decision") as batch_op:
        batch_op.drop_index("ix_decision_profile_action")
        batch_op.drop_column("action")
        batch_op.drop_column("profile")
