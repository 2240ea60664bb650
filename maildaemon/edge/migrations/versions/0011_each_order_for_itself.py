"""Each order for itself"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sqlmodel.sql.sqltypes.AutoString()
    with op.batch_alter_table("outgoing") as batch_op:
        batch_op.add_column(sa.Column("orders", words, nullable=False, server_default="[]"))
    # Until now a mail was answered once, for all its orders that were acknowledged by then, or repeated.
    op.execute(
        "UPDATE outgoing SET orders = (SELECT json_group_array(number) FROM purchase_order "
        "WHERE purchase_order.mail_id = outgoing.mail_id "
        "AND (outgoing.kind <> 'ack' OR purchase_order.action = 'acknowledge')) WHERE kind <> 'brief'"
    )
    # What a person has had in hand until now stays a person's.
    op.execute(
        "UPDATE purchase_order SET action = 'review' WHERE action = 'hold' "
        "AND (mail_id IN (SELECT mail_id FROM outgoing) "
        "OR mail_id IN (SELECT id FROM mail WHERE action IS NOT 'hold'))"
    )
    with op.batch_alter_table("ruling") as batch_op:
        batch_op.add_column(sa.Column("orders", words, nullable=True))
    op.drop_index("ix_mail_held", "mail")
    op.create_index("ix_purchase_order_held", "purchase_order", ["mail_id"], sqlite_where=sa.text("action = 'hold'"))


def downgrade() -> None:
    op.drop_index("ix_purchase_order_held", "purchase_order")
    op.create_index("ix_mail_held", "mail", ["mailbox"], sqlite_where=sa.text("action = 'hold'"))
    with op.batch_alter_table("ruling") as batch_op:
        batch_op.drop_column("orders")
    with op.batch_alter_table("outgoing") as batch_op:
        batch_op.drop_column("orders")
