"""Which order counts, and what it is to an earlier one"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    with op.batch_alter_table("purchase_order") as batch_op:
        batch_op.add_column(sa.Column("relation", text, nullable=True))
        batch_op.add_column(sa.Column("concerns", text, nullable=True))
        batch_op.add_column(sa.Column("status", text, nullable=False, server_default="current"))
        batch_op.add_column(sa.Column("changed_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("goods", text, nullable=True))
        batch_op.create_index(batch_op.f("ix_purchase_order_goods"), ["goods"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("purchase_order") as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_order_goods"))
        for name in ("goods", "changed_by", "status", "concerns", "relation"):
            batch_op.drop_column(name)
