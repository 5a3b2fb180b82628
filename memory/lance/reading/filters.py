"""Filters are built from expressions, never from text, and name a tenant."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections.abc import Sequence

from lancedb.expr import Expr, col, lit

from memory.records import Scope, Span


def equal(**values: str) -> Expr:
    """All columns have these values. The tenant is never optional.

    Raises:
        ValueError: when `tenant` is missing or empty.
    """
    if not values.get("tenant"):
        raise ValueError("a tenant is mandatory in every read and write")
    tests = [col(name) == lit(value) for name, value in values.items()]
    return all_of(tests)


def starts_with(column: str, beginning: str) -> Expr:
    """The column begins with a text."""
    return (col(column) >= lit(beginning)) & (col(column) < lit(beginning + "\U0010ffff"))


def scope_filter(scope: Scope) -> Expr:
    """What a scope lets through. An instant sees the rows that span it."""
    tests = [equal(tenant=scope.tenant)]
    if scope.video_ids:
        tests.append(col("video_id").isin(list(scope.video_ids)))
    if scope.kinds:
        tests.append(col("kind").isin([str(kind) for kind in scope.kinds]))
    if scope.levels:
        tests.append(col("level").isin([str(level) for level in scope.levels]))
    if scope.without:
        tests.append(~col("video_id").isin(list(scope.without)))
    if scope.within is not None:
        tests.append(overlaps(scope.within))
    if scope.parts:
        # Said once more by itself, so that an index can answer it: no index answers the rest.
        tests.append(col("video_id").isin(sorted({video_id for video_id, _ in scope.parts})))
        tests.append(any_of([(col("video_id") == lit(v)) & overlaps(s) for v, s in scope.parts]))
    if scope.until is not None:
        tests.append(col("end_us") <= lit(scope.until))
    return all_of(tests)


def overlaps(span: Span) -> Expr:
    """Rows that share some time with a span; an instant is a microsecond long."""
    start, end = span.start, max(span.end, span.start + 1)
    return (col("start_us") < lit(end)) & (
        (col("end_us") > lit(start)) | (col("start_us") >= lit(start))
    )


def any_of(tests: Sequence[Expr]) -> Expr:
    """Any of the tests, paired off so that many of them do not nest deeply."""
    rest = list(tests)
    while len(rest) > 1:
        pairs = [one | other for one, other in zip(rest[::2], rest[1::2], strict=False)]
        rest = pairs + rest[len(rest) - len(rest) % 2 :]
    return rest[0]


def all_of(tests: Sequence[Expr]) -> Expr:
    """All of the tests, one or more."""
    together = tests[0]
    for test in tests[1:]:
        together = together & test
    return together
