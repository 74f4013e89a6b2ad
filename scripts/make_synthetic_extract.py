"""Makes a synthetic extract of the children in need census. It describes no real child.

    scripts/make_synthetic_extract.py --out data/synthetic
    scripts/make_synthetic_extract.py --out data/england --share 1 --years 2009-2016
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from synthetic import output  # noqa: E402
from synthetic.chunk import Request  # noqa: E402
from synthetic.reference import FIRST_CENSUS_YEAR, LAST_CENSUS_YEAR  # noqa: E402
from synthetic.shapes import SHAPES  # noqa: E402


def parse_years(text: str) -> tuple[int, ...]:
    """Census years from text such as 2009-2016 or 2014,2016-2018."""
    years: set[int] = set()
    try:
        for piece in text.split(","):
            first, _, last = piece.strip().partition("-")
            years.update(range(int(first), int(last or first) + 1))
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a list of years: {text}") from None
    if not years or min(years) < FIRST_CENSUS_YEAR or max(years) > LAST_CENSUS_YEAR:
        raise argparse.ArgumentTypeError(
            f"census years run from {FIRST_CENSUS_YEAR} to {LAST_CENSUS_YEAR}, not {text}"
        )
    return tuple(sorted(years))


def _number(low: float, high: float):
    """A parser for numbers in a range."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"not a number: {text}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must lie between {low:g} and {high:g}: {text}")
        return value

    return parse


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the extract")
    parser.add_argument(
        "--share", type=_number(0.0005, 4.0), default=0.01, help="1 is England (default 0.01)"
    )
    parser.add_argument(
        "--years", type=parse_years, default=parse_years("2009-2025"), help="census years: 2009-2016 or 2014,2016; default all"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--noise", type=_number(0.0, 10.0), default=1.0, help="0 is recorded without a fault"
    )
    parser.add_argument("--format", choices=output.FORMATS, default="csv")
    parser.add_argument("--single-file", action="store_true", help="all years in one file")
    parser.add_argument(
        "--shape", choices=["default", *SHAPES], default="default", help="form of a real delivery; with the default format only"
    )
    parser.add_argument("--force", action="store_true", help="make it even if it is there")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Makes the extract unless it is there already."""
    started = time.monotonic()
    args = arguments(argv)
    request = Request(share=args.share, years=args.years, seed=args.seed, noise=args.noise)
    folder = args.out.resolve()
    wanted = output.about(request, args.format, args.single_file, args.shape)
    if not args.force and output.is_there(folder, wanted):
        print(f"{args.out} already holds this extract", file=sys.stderr)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"Making a synthetic extract in {args.out}", file=sys.stderr)
    output.make_extract(folder, request, args.format, args.single_file, args.shape)
    print(f"Done in {time.monotonic() - started:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
