"""What a decision rested on"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ground",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_ground_mail_id_mail")),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_ground")),
    )


def downgrade() -> None:
    op.drop_table("ground")
