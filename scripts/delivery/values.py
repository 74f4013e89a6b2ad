"""How delivered texts are put into one spelling, as SQL: missing markers, ids, numbers, dates (R2, R26).

Only columns in which the survey found another spelling are read by these expressions; all others are taken as they are.
What is not understood stays as it was given, so that staging counts it as invalid.
"""

from __future__ import annotations

# To the letter, as programs write them; more cost time. In ids any case counts, and some words more.
MISSING = ("", "NA", "NULL", ".", "N/A", "nan", "NaN", "#N/A")
MISSING_LOWER = tuple(dict.fromkeys(marker.lower() for marker in MISSING if marker)) + (
    "<na>", "(null)", "nat", "none", "-", "--", "missing", "unknown",
)  # fmt: skip
SCIENTIFIC = r"[0-9]([.][0-9]+)?[eE][+-][0-9]+|[0-9][.][0-9]+[eE][0-9]+"
WHOLE = r"[0-9]+[.]0*"
HEXADECIMAL = r"(0[xX])?[0-9a-fA-F]+|(\\x[0-9a-fA-F]{2})+"
MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"

# What may follow a day: midnight, in any spelling, perhaps with a time zone, in which it is midnight too.
ZONE = r"(Z|UTC|GMT|BST|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})"
MIDNIGHT = rf"([T :]*(0?0[:.]00([:.]00([.,:]0+)?)?|12:00(:00([.,:]0+)?)? ?[aA][mM]))? ?{ZONE}?"
BEFORE_SUMMER_MIDNIGHT = r"[T ]23:00(:00([.,]0+)?)? ?(Z|UTC|GMT|[+]00:?00|[+]00)"
YEAR_FIRST = r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})([^0-9].*)?"
TOGETHER = r"([0-9]{4})([0-9]{2})([0-9]{2})([.]0+)?([^0-9].*)?"
IN_NUMBERS = r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})([^0-9].*)?"
DAY_NAMED_MONTH = r"([0-9]{1,2})(?:st|nd|rd|th)?[-/. ]?([A-Za-z]{3,9})[-/., ]*([0-9]{4}|[0-9]{2})([^0-9].*)?"
NAMED_MONTH_DAY = r"([A-Za-z]{3,9})[. -]+([0-9]{1,2}),?[ -]+([0-9]{4})([^0-9].*)?"


def literal(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts) -> str:
    """Texts as a list of literals, for IN."""
    return ", ".join(map(literal, texts))


def without_markers(value: str) -> str:
    """Null where the text stands for a missing value, whatever the case of its letters."""
    return f"case when lower({value}) not in ('', {listed(MISSING_LOWER)}) then {value} end"


def without_point_zero(value: str) -> str:
    """A whole number without the decimal point that programs give numbers in columns with gaps: 301.0 is 301."""
    return (
        f"case when regexp_full_match({value}, {literal(WHOLE)}) then split_part({value}, '.', 1) else {value} end"
    )


def one_hexadecimal_spelling(value: str) -> str:
    """A hexadecimal id in small letters, without `0x`, `\\x` or dashes; anything else as it is."""
    bare = f"replace(regexp_replace(lower({value}), '^0x', ''), '\\x', '')"
    return f"case when regexp_full_match({value}, {literal(HEXADECIMAL)}) then {bare} else {value} end"


def without_scientific(value: str) -> str:
    """Null for a number in scientific notation: such an id names nobody."""
    return f"case when not regexp_full_match({value}, {literal(SCIENTIFIC)}) then {value} end"


def with_leading_zeros(value: str, lengths: dict[str, int], authority: str) -> str:
    """Digits filled up with zeros to the length that the authority's ids have. lengths: by authority; `*` is for all."""
    if "*" in lengths:
        length = str(lengths["*"])
    else:
        whens = " ".join(f"when {literal(code)} then {length}" for code, length in sorted(lengths.items()))
        length = f"case {authority} {whens} end"
    digits = f"regexp_full_match({value}, '[0-9]+') and length({value}) < {length}"
    return f"case when {digits} then lpad({value}, {length}, '0') else {value} end"


def year(text: str) -> str:
    """A year of four digits; one of two lies in 1930 to 2029."""
    return f"if(length({text}) = 4, {text}, if({text} >= '30', '19', '20') || {text})"


def month(text: str) -> str:
    """The number of a month by the first three letters of its name; 0 where it is none."""
    place = f"instr('{MONTHS}', lower(left({text}, 3)))"
    return f"if({place} % 3 = 1, {place} // 3 + 1, 0)::varchar"


def groups(value: str, pattern: str, *names: str) -> str:
    """The groups of a pattern that matches a whole text, as a struct."""
    return f"regexp_extract({value}, {literal('^' + pattern + '$')}, [{listed(names)}])"


def day_or_null(parts: str) -> str:
    """The day, as `2013-06-01`, if there is one and it is midnight; else null.

    parts: a struct of year, month and day (`y`, `m`, `d`) and the time after the day (`rest`). An instant of 23:00 in universal
    time, in the months of summer time, is midnight in England: that begins the next day.
    """
    day = f"try_cast({parts}.y || '-' || lpad({parts}.m, 2, '0') || '-' || lpad({parts}.d, 2, '0') as date)"
    return (
        f"list_transform([{day}], lambda d: case when regexp_full_match({parts}.rest, {literal(MIDNIGHT)}) then d "
        f"when regexp_full_match({parts}.rest, {literal(BEFORE_SUMMER_MIDNIGHT)}) and d >= {last_sunday('d', 3)} "
        f"and d < {last_sunday('d', 10)} then d + 1 end)[1]"
    )


def last_sunday(day: str, month_number: int) -> str:
    """The last Sunday of March or October in the year of a day: summer time begins and ends."""
    last = f"make_date(year({day}), {month_number}, 31)"
    return f"({last} - isodow({last})::integer % 7)"


def one_date_spelling(value: str, order: str) -> str:
    """A date as `2013-06-01`; what is none, or has a time that is not midnight, as it is given.

    order: a SQL expression for how numbers are to be read: 0 day first, 1 month first, 2 only where it can be no other way.
    """
    a, b = "p.a::integer", "p.b::integer"
    is_month_first = (
        f"case {order} when 0 then false when 1 then true else if({a} > 12 or {a} = {b}, false, if({b} > 12, true, null)) end"
    )
    forms = [
        (YEAR_FIRST, ("y", "m", "d", "rest"), ("p.y", "p.m", "p.d")),
        (TOGETHER, ("y", "m", "d", "zero", "rest"), ("p.y", "p.m", "p.d")),
        (DAY_NAMED_MONTH, ("d", "m", "y", "rest"), (year("p.y"), month("p.m"), "p.d")),
        (NAMED_MONTH_DAY, ("m", "d", "y", "rest"), (year("p.y"), month("p.m"), "p.d")),
        (
            IN_NUMBERS,
            ("a", "b", "y", "rest"),
            (year("p.y"), f"if({is_month_first}, p.a, p.b)", f"case {is_month_first} when false then p.a when true then p.b end"),
        ),
    ]
    whens = []
    for pattern, names, (y, m, d) in forms:
        parts = f"lambda p: {{'y': {y}, 'm': {m}, 'd': {d}, 'rest': p.rest}}"
        found = f"list_transform([{groups(value, pattern, *names)}], {parts})"
        whens.append(f"when regexp_full_match({value}, {literal(pattern)}) then {found}")
    unusual = f"list_transform(case {' '.join(whens)} end, lambda parts: {day_or_null('parts')})[1]"
    return f"case when {value} is null or {value} like '____-__-__' then {value} else coalesce(({unusual})::varchar, {value}) end"


def is_iso(value: str) -> str:
    """Whether a text is written like 2013-06-01, which staging reads."""
    return f"length({value}) = 10 and {value}[5] = '-' and {value}[8] = '-'"


ODD, DAY_FIRST, MONTH_FIRST, EITHER = 1, 1 << 20, 1 << 40, 1 << 60


def kind_of_date(value: str) -> str:
    """What a date says of the order of day and month, as a number to be summed within an authority and year.

    0 where it is written like 2013-06-01 or missing; else ODD, and for numbers with the year last DAY_FIRST, MONTH_FIRST or
    EITHER.
    """
    a, b, y = (f"regexp_extract({value}, {literal('^' + IN_NUMBERS + '$')}, {n})" for n in (1, 2, 3))
    is_day, is_month = (
        f"try_cast({year(y)} || '-' || lpad({m}, 2, '0') || '-' || lpad({d}, 2, '0') as date) is not null"
        for m, d in ((b, a), (a, b))
    )
    a, b = f"{a}::integer", f"{b}::integer"
    return (
        f"case when {value} is null or {value} like '____-__-__' then 0::bigint "
        f"when regexp_full_match({value}, {literal(IN_NUMBERS)}) then {ODD}::bigint + case "
        f"when {is_day} and {is_month} then if({a} = {b}, 0::bigint, {EITHER}::bigint) when {is_day} then {DAY_FIRST}::bigint "
        f"when {is_month} then {MONTH_FIRST}::bigint else 0::bigint end else {ODD} end"
    )


def counts_of_dates(total: int) -> dict[str, int]:
    """What a sum of `kind_of_date` says: number of values not written as usual, and of those that tell an order, or could be
    either."""
    field = (1 << 20) - 1
    return {"odd": total & field, "day": total >> 20 & field, "month": total >> 40 & field, "either": total >> 60}


def is_odd_id(value: str) -> str:
    """Whether an id may need a closer look, quickly: a leading zero, sign or blank, a point, hexadecimal capitals, a short
    word."""
    return (
        f"{value} < '1' or contains({value}, '.') or contains({value}, '+') or ({value} >= 'A' and {value} < 'G') "
        f"or (strlen({value}) < 10 and {value} >= 'M') or starts_with({value}, '\\')"
    )


def kinds_of_ids(value: str) -> dict[str, str]:
    """What is counted of the ids of a column that has some that need a closer look."""
    return {
        "given": f"count({value})",
        "zero": f"count_if({value}[1] = '0')",
        "upper": f"count_if({value} <> lower({value}))",
        "hex": f"count_if(regexp_full_match({value}, {literal(HEXADECIMAL)}))",
        "prefixed": f"count_if(regexp_matches({value}, '^(0[xX]|\\\\x)'))",
        "point": f"count_if(contains({value}, '.') and regexp_full_match({value}, {literal(WHOLE)}))",
        "scientific": f"count_if(regexp_full_match({value}, {literal(SCIENTIFIC)}))",
        "marker": f"count_if(strlen({value}) < 10 and lower({value}) in ('', {listed(MISSING_LOWER)}))",
    }
