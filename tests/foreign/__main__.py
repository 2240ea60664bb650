"""``python -m tests.foreign``: makes documents and measures how maildaemon reads them."""

import argparse
import sys
from pathlib import Path

from tests.foreign.generate import SPLITS, Only, documents
from tests.foreign.measure import run
from tests.foreign.voice import WORDINGS


def main() -> int:
    cli = argparse.ArgumentParser(prog="python -m tests.foreign", description=__doc__)
    cli.add_argument(
        "--split", choices=(*SPLITS, "both"), default="unseen", help="which layouts (tests/foreign/split.toml)"
    )
    cli.add_argument(
        "--wording",
        choices=WORDINGS,
        default="usual",
        help="other: words that no tuned layout uses (unseen layouts only)",
    )
    cli.add_argument("--count", type=int, default=1300)
    cli.add_argument("--seed", type=int, default=1)
    cli.add_argument("--format", action="append", default=[], help="only these of the documents (may be repeated)")
    cli.add_argument("--layout", action="append", default=[], help="only these of the documents (may be repeated)")
    cli.add_argument("--json", type=Path, metavar="FILE", help="every difference, wrong acknowledgement and objection")
    cli.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the documents and their truth there")
    cli.add_argument(
        "--only-write", action="store_true", help="make the documents in the folder of --keep, measure nothing"
    )
    args = cli.parse_args()
    if args.wording != "usual" and args.split != "unseen":
        cli.error("--wording other is for --split unseen")
    only = Only(frozenset(args.format), frozenset(args.layout))
    if args.only_write:
        if args.keep is None:
            cli.error("--only-write needs --keep FOLDER")
        args.keep.mkdir(parents=True, exist_ok=True)
        for document in documents(args.seed, args.count, args.split, args.wording, only):
            document.write(args.keep)
        return 0
    return run(args.split, args.wording, args.count, args.seed, args.json, args.keep, only)


if __name__ == "__main__":
    sys.exit(main())
