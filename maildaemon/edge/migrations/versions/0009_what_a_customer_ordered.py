"""What a customer ordered before is found by the customer"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("purchase_order") as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_order_customer"), ["customer"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("purchase_order") as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_order_customer"))
