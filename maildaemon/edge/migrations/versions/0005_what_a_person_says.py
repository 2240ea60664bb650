"""What a person says"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import maildaemon.edge.tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    with op.batch_alter_table("mail") as batch_op:
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("decision") as batch_op:
        batch_op.add_column(sa.Column("ruled", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("outgoing") as batch_op:
        batch_op.add_column(sa.Column("approved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("what", text, nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("via", text, nullable=False),
        sa.Column("reason", text, nullable=True),
        sa.Column("at", maildaemon.edge.tables.Utc(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("refused", text, nullable=True),
        sa.Column("profile", text, nullable=True),
        sa.Column("drafted", sa.Boolean(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_ruling_mail_id_mail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    with op.batch_alter_table("ruling") as batch_op:
        batch_op.create_index(batch_op.f("ix_ruling_mail_id"), ["mail_id"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox", text, nullable=False),
        sa.Column("folder", text, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.Boolean(), nullable=False),
        sa.Column("at", maildaemon.edge.tables.Utc(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_sighting_mail_id_mail")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint("mailbox", "folder", "uidvalidity", "uid", name=op.f("uq_sighting_mailbox")),
    )
    with op.batch_alter_table("sighting") as batch_op:
        batch_op.create_index(batch_op.f("ix_sighting_mail_id"), ["mail_id"], unique=False)


def downgrade() -> None:
    op.drop_table("sighting")
    op.drop_table("ruling")
    with op.batch_alter_table("outgoing") as batch_op:
        batch_op.drop_column("approved")
    with op.batch_alter_table("decision") as batch_op:
        batch_op.drop_column("ruled")
    with op.batch_alter_table("mail") as batch_op:
        batch_op.drop_column("version")
