"""An opening without an address"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("opening") as batch_op:
        batch_op.alter_column("address", existing_type=sa.String(), nullable=True)


def downgrade() -> None:
    op.execute("UPDATE opening SET address = '' WHERE address IS NULL")
    with op.batch_alter_table("opening") as batch_op:
        batch_op.alter_column("address", existing_type=sa.String(), nullable=False)
