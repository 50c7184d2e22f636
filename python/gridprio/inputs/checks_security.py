"""Rules of security against themselves and against the settings that they take the place of (docs/theory/cells.md)."""

from __future__ import annotations

from collections.abc import Iterator

from gridprio.errors import Problem
from gridprio.inputs.enumerations import BranchKind
from gridprio.inputs.known import Known
from gridprio.inputs.security_rules import INTERRUPTION
from gridprio.inputs.study import Study
from gridprio.text import sentence

TABLE = "security_rules"
REPLACED_SETTINGS = ("security_min_kv", "maintenance_outages")
"""Settings without an effect where the table has rows."""


def rule_problems(study: Study, at: int) -> Iterator[Problem]:
    """Of one row: a rule that names no voltage, or limits what it does not require."""
    rule = study.security_rules[at]
    if rule.below_kv is not None and rule.below_kv <= rule.min_kv:
        yield study.problem(
            TABLE,
            at,
            "below_kv",
            sentence("problem.no_voltage_between"),
            found=f"{rule.below_kv:g}",
            expected=sentence("expected.above_kv", kv=rule.min_kv),
            mend=sentence("remedy.voltage_range"),
        )
    if rule.kind is not None and rule.elements:
        yield study.problem(
            TABLE,
            at,
            "elements",
            sentence("problem.kind_or_elements"),
            found=" ".join([rule.kind, *rule.elements]),
            expected=sentence("expected.kind_elements_or_neither"),
            mend=sentence("remedy.kind_or_elements"),
        )
    if rule.to_below_kv is not None and rule.kind is not BranchKind.TRANSFORMER:
        yield study.problem(
            TABLE,
            at,
            "to_below_kv",
            sentence("problem.other_side_of_no_transformer"),
            found=f"{rule.to_below_kv:g}",
            expected=sentence("expected.kind_transformer"),
            mend=sentence("remedy.blank_or_transformer"),
        )
    given = [name for name in INTERRUPTION if getattr(rule, name) is not None]
    if given and not rule.is_for_demand:
        yield study.problem(
            TABLE,
            at,
            given[0],
            sentence("problem.interruption_of_feed_in"),
            found=", ".join(given),
            expected=sentence("expected.rule_of_demand"),
            mend=sentence("remedy.blank_or_demand"),
        )
    elif rule.restored_within_h is not None and rule.interruption_max_h is None:
        yield study.problem(
            TABLE,
            at,
            "interruption_max_h",
            sentence("problem.restored_beside_no_limit"),
            found=sentence("found.nothing"),
            expected=sentence("expected.hours_of_interruption"),
            mend=sentence("remedy.hours_of_interruption"),
        )


def security_problems(study: Study, known: Known) -> Iterator[Problem]:
    """Of every row, and ranges of settings beside the table."""
    for at in range(len(study.security_rules)):
        yield from rule_problems(study, at)
    for at, row in enumerate(study.assumptions if study.security_rules else ()):
        if row.table == "settings" and row.column in REPLACED_SETTINGS:
            what, mend = sentence("problem.setting_beside_rules"), sentence("remedy.setting_or_rules")
            yield study.problem("assumptions", at, "column", what, found=repr(row.column), mend=mend)


def replaced_settings(study: Study) -> Iterator[Problem]:
    """Settings that are given and have no effect beside the table."""
    what, mend = sentence("problem.setting_beside_rules"), sentence("remedy.setting_or_rules")
    for name in REPLACED_SETTINGS if study.security_rules else ():
        if name in study.settings.model_fields_set:
            found = str(getattr(study.settings, name))
            yield study.problem("study", 0, f"[settings] {name}", what, found=found, mend=mend)
