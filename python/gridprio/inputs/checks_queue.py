"""Requests and the rules of the waiting list against each other (docs/theory/queue.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from gridprio.errors import Problem
from gridprio.inputs.known import Known
from gridprio.inputs.limits import PROBLEMS_PER_CHECK
from gridprio.inputs.months import first_day
from gridprio.inputs.queue_rules import NEEDED, QueueRule, QueueRuleKind
from gridprio.inputs.rows import suggestion
from gridprio.inputs.rules_in_force import OF_CATEGORY
from gridprio.inputs.study import Study
from gridprio.text import sentence


def queue_problems(study: Study, known: Known) -> list[Problem]:
    """Every problem of the rules, and of the requests under them."""
    checks: tuple[Callable[[Study], Iterator[Problem]], ...] = (_rules, _ranks_of_municipalities, _categories)
    if "queue_rules" not in known.partial:
        checks = (*checks, _purposes)
    return [problem for check in checks for problem in islice(check(study), PROBLEMS_PER_CHECK)]


def _rules(study: Study) -> Iterator[Problem]:
    for at, rule in enumerate(study.queue_rules):
        needed = NEEDED.get(rule.rule)
        if needed is not None and getattr(rule, needed) is None:
            yield _blank(study, "queue_rules", at, needed, sentence("expected.column_of_rule", rule=rule.rule.value))
        if rule.from_date and rule.until_date and first_day(rule.until_date) <= first_day(rule.from_date):
            yield study.problem(
                "queue_rules",
                at,
                "until_date",
                sentence("problem.rule_ends_first"),
                found=rule.until_date,
                expected=sentence("expected.day_after", day=rule.from_date),
                mend=sentence("remedy.mend_date"),
            )


def _purposes(study: Study) -> Iterator[Problem]:
    """A purpose that no rule names would give no priority without a word, and so would a contract that is missing."""
    names = list(dict.fromkeys(purpose for rule in study.queue_rules for purpose in rule.purposes))
    for at, row in enumerate(study.developments):
        if row.purpose and row.purpose not in names:
            yield study.problem(
                "developments",
                at,
                "purpose",
                sentence("problem.purpose_without_rule"),
                found=repr(row.purpose),
                expected=sentence("expected.purpose_of_rule"),
                mend=suggestion(row.purpose, names),
            )
        elif row.purpose and row.contract_from is None and _asks_for_contract(study.queue_rules, row.purpose):
            yield _blank(study, "developments", at, "contract_from", sentence("expected.contract_month"))


def _asks_for_contract(rules: tuple[QueueRule, ...], purpose: str) -> bool:
    ranked = [rule for rule in rules if rule.rule is QueueRuleKind.PRIORITY and purpose in rule.purposes]
    return bool(ranked) and all(rule.needs_contract for rule in ranked)


def _ranks_of_municipalities(study: Study) -> Iterator[Problem]:
    for at, row in enumerate(study.developments):
        if row.municipality_rank is not None and not row.municipality_id:
            yield _blank(study, "developments", at, "municipality_id", sentence("expected.municipality_of_rank"))


def _categories(study: Study) -> Iterator[Problem]:
    """Category 3 holds every purpose but those of 1 and 2."""
    first = {purpose: category for category, purpose in OF_CATEGORY.items()}
    for at, row in enumerate(study.developments):
        if row.purpose and row.acm_category is not None and first.get(row.purpose, 3) != row.acm_category:
            yield study.problem(
                "developments",
                at,
                "acm_category",
                sentence("problem.category_of_other_purpose"),
                found=f"{row.acm_category}, {row.purpose!r}",
                expected=sentence("expected.choice", choices=str(first.get(row.purpose, 3))),
                mend=sentence("remedy.leave_blank"),
            )


def _blank(study: Study, table: str, at: int, column: str, expected: str) -> Problem:
    what, nothing = sentence("problem.required_blank"), sentence("found.nothing")
    return study.problem(table, at, column, what, found=nothing, expected=expected, mend=sentence("remedy.fill_cell"))
