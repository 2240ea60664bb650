"""What is spoken for"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import maildaemon.edge.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString()
    op.create_table(
        "reservation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("sku", text, nullable=False),
        sa.Column("sku_key", text, nullable=False),
        sa.Column("quantity", text, nullable=False),
        sa.Column("at", maildaemon.edge.tables.Utc(), nullable=False),
        sa.Column("leaves", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_reservation_order_id_purchase_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    with op.batch_alter_table("reservation") as batch_op:
        batch_op.create_index(batch_op.f("ix_reservation_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reservation_sku_key_at"), ["sku_key", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reservation_leaves"), ["leaves"], unique=False)


def downgrade() -> None:
    op.drop_table("reservation")
