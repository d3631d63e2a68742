"""What a check found."""

from __future__ import annotations

from typing import Literal

import attrs

from funnet.core import checks
from funnet.errors import ConfigError, FunnetError
from funnet.nn.table import table

Verdict = Literal["ok", "failed", "inconclusive"]


@attrs.frozen
class Finding:
    """One clause of the contract, or the slope along one leaf.

    `reason` is empty where the verdict is ok, otherwise one of: value, shape, dtype, structure, not linear
    in dy, mutated input, aliased output, not repeatable, parameter in cache, advance, pickle, kink, domain.
    """

    path: str
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    mode: str = ""
    analytic: float | None = None
    numeric: float | None = None
    error: float | None = None


@attrs.frozen
class Report:
    """The findings of a check, and the seed that repeats it.

    `verdict` is "failed" if any finding failed, else "inconclusive" if any is so, else "ok".
    """

    subject: str
    seed: int
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        found = {finding.verdict for finding in self.findings}
        return "failed" if "failed" in found else "inconclusive" if "inconclusive" in found else "ok"

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that failed."""
        return tuple(finding for finding in self.findings if finding.verdict == "failed")

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("leaf", "mode", "analytic", "numeric", "error", "verdict", "reason")]
        for f in self.findings:
            numbers = [f"{n:.9g}" if n is not None else "" for n in (f.analytic, f.numeric)]
            error = f"{f.error:.1e}" if f.error is not None else ""
            reason = f"{f.reason}: {f.detail}" if f.detail else f.reason
            rows.append((f.path, f.mode, *numbers, error, f.verdict, reason))
        head = f"{self.subject}: {self.verdict} (repeat with seed={self.seed})"
        return f"{head}\n{table(rows, right=(2, 3, 4))}"


class GradientError(FunnetError, AssertionError):
    """A check that failed; `report` has every finding, and `paths` the leaves that are wrong."""

    def __init__(self, report: Report) -> None:
        checks.instance("GradientError", "report", report, Report)
        if not report.failures:
            raise ConfigError("a report with a failure", "one without", who="GradientError")
        self.report = report
        self.paths = tuple(dict.fromkeys(finding.path for finding in report.failures))
        first = report.failures[0]
        what = f"{first.path}: {first.reason}" + (f", {first.detail}" if first.detail else "")
        super().__init__("a layer that keeps its contract", what, who=report.subject)

    def __reduce__(self) -> tuple[type[GradientError], tuple[Report]]:
        return GradientError, (self.report,)

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.report}"
