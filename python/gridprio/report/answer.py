"""The answer of a run in a few plain sentences and a table, for the command line and the page alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from gridprio.figures import words
from gridprio.figures.language import Language, Text, count, join, number, same, significant
from gridprio.report.basis import WHAT_IF, basis_text
from gridprio.report.effects import EffectRow, ProjectRow, effect_rows, project_rows
from gridprio.report.movers import price_sentences
from gridprio.report.run_tables import RunTables, run_tables

QUESTION = Text(
    "Verandert prioriteitsstatus wat de netbeheerder wanneer bouwt, "
    "en wat doet dat met de congestie en met wie er wacht?",
    "Does priority status change what the grid operator builds when, "
    "and what does that do to congestion and to those who wait?",
)
PROJECT, PROJECTS = Text("project", "project"), Text("projecten", "projects")


@dataclass(frozen=True)
class Answer:
    """What a run says; `rows` are the effects in total, `projects` those per project with status."""

    question: Text
    headline: Text
    topics: tuple[tuple[Text, tuple[Text, ...]], ...]
    """heading and sentences: what changes, for waiting and the grid, for whom, and why not more"""
    basis: Text
    """what the basis of the operator's order means for the answer"""
    established: bool
    """whether the effect of status can be established from this order at all; else all below is a what-if"""
    comparable: bool
    """whether any project with status could change anything"""
    fictional: bool
    rows: tuple[EffectRow, ...]
    projects: tuple[ProjectRow, ...]

    @property
    def sentences(self) -> tuple[Text, ...]:
        return tuple(s for _, said in self.topics for s in said)

    def text(self, language: Language = "nl") -> str:
        """The answer as plain lines for a terminal."""
        lines = [f"[{words.FICTIONAL[language].upper()}]"] if self.fictional else []
        said = [f"- {s[language]}" for s in self.sentences]
        if self.established or not self.comparable:
            return "\n".join([*lines, self.headline[language], *said, self.basis[language]])
        return "\n".join([*lines, self.headline[language], self.basis[language], WHAT_IF[language] + ":", *said])

    def __repr__(self) -> str:
        return self.text("nl")

    def _repr_html_(self) -> str:
        notice = f"<p><strong>{words.FICTIONAL.nl}</strong></p>" if self.fictional else ""
        head, basis = f"<p><strong>{escape(self.headline.nl)}</strong></p>", f"<p>{escape(self.basis.nl)}</p>"
        items = "<ul>" + "".join(f"<li>{escape(s.nl)}</li>" for s in self.sentences) + "</ul>"
        if self.established or not self.comparable:
            return notice + head + items + basis
        return f"{notice}{head}{basis}<p><strong>{escape(WHAT_IF.nl)}</strong></p>{items}"


def answer(run: Any) -> Answer:
    """The answer of a run: an object with the tables of docs/run-folder.md as attributes, and `manifest`."""
    return answer_of_tables(run if isinstance(run, RunTables) else run_tables(run))


def answer_of_tables(tables: RunTables) -> Answer:
    rows, projects = effect_rows(tables), project_rows(tables)
    known = tables.comparison.established
    nothing = _nothing_to_compare(tables)
    finding = nothing or _finding(rows, projects)
    why_not: tuple[Text, list[Text | None]] = (
        Text("Waarom niet meer", "Why not more"),
        [*_why_not_sentences(projects)],
    )
    said: list[tuple[Text, list[Text | None]]] = [why_not]
    if not nothing:
        said = [
            (Text("Het plan", "The plan"), [_projects_sentence(projects), _example_sentence(projects)]),
            (
                Text("Wachten en congestie", "Waiting and congestion"),
                [*_metric_sentences(rows), _support_sentence(rows)],
            ),
            (Text("Voor wie", "For whom"), list(price_sentences(tables))),
            why_not,
        ]
        if not known:
            said = [(WHAT_IF, [_what_if(finding), *(s for _, of_topic in said for s in of_topic)])]
    kept = ((heading, tuple(s for s in found if s)) for heading, found in said)
    return Answer(
        question=QUESTION,
        headline=finding if known or nothing else NOT_ESTABLISHED,
        topics=tuple((heading, found) for heading, found in kept if found),
        comparable=not nothing,
        basis=basis_text(tables),
        established=known,
        fictional=bool(tables.manifest.get("study", {}).get("fictional", False)),
        rows=tuple(rows),
        projects=tuple(projects),
    )


def main_channel(rows: Sequence[EffectRow]) -> str:
    """The channel that the answer is about: all that status does, else the order alone."""
    channels = {r.channel for r in rows}
    return next((c for c in ("both", "order", "support") if c in channels), "both")


def support_moves(rows: Sequence[EffectRow]) -> bool:
    """Whether support does anything measurable, so that the channels must be told apart."""
    return any(r.channel == "support" and r.verdict not in ("none", "not_assessable") for r in rows)


def _of_main(rows: Sequence[EffectRow]) -> list[EffectRow]:
    channel = main_channel(rows)
    return [r for r in rows if r.channel == channel and r.scenario != "pooled"]


NOT_ESTABLISHED = Text(
    "Het effect van status is uit deze volgorde niet vast te stellen.",
    "The effect of status cannot be established from this order.",
)


def _what_if(found: Text) -> Text:
    return Text(
        "In een volgorde naar het jaar waarin een project nodig is: {found}",
        "In an order by the year in which a project is needed: {found}",
    ).fill(found=words.lower(found))


def _nothing_to_compare(tables: RunTables) -> Text | None:
    """The headline where no project has status, or none of those that have it could change anything."""
    holders = set(tables.projects.loc[tables.projects["status"].astype(bool), "project_id"].astype(str))
    if not holders:
        return Text(
            "Er is geen project met status, dus er is niets te vergelijken.",
            "No project has status, so there is nothing to compare.",
        )
    effects = tables.status_effect
    mine = effects[effects["project_id"].astype(str).isin(holders)]
    still = mine["reason"].astype(str).str.replace(":.*", "", regex=True).isin(("no_change", "other_carrier"))
    if mine.empty or not (still & (mine["verdict"] == "not_assessable")).all():
        return None
    return Text(
        "Geen van de projecten met status verandert het net of de vraag in deze studie; een effect is hier niet te "
        "beoordelen.",
        "None of the projects with status changes grid or demand in this study; an effect cannot be assessed here.",
    )


def _finding(rows: Sequence[EffectRow], projects: Sequence[ProjectRow]) -> Text:
    """The answer in one line, from the verdicts on waiting; what it costs elsewhere stands beside it."""
    main = [r for r in _of_main(rows) if r.metric in words.WAITING]
    found = {r.verdict for r in main}
    if not found or found == {"not_assessable"}:
        return Text(
            "Het effect van status is hier niet te beoordelen.", "The effect of status cannot be assessed here."
        )
    if "better" in found and "worse" in found:
        return _shift(main)
    if "better" in found or "worse" in found:
        return _one_way(main, "better" if "better" in found else "worse") + _beside(rows, found)
    if "undecided" in found:
        return Text(
            "Nog niet te zeggen: een effect op het wachten is niet aangetoond en niet uitgesloten.",
            "Undecided: an effect on waiting is neither shown nor ruled out.",
        )
    if _beside(rows, found):
        head = Text(
            "Status verandert niet meetbaar hoe lang er wordt gewacht.",
            "Status does not measurably change the waiting.",
        )
        return head + _beside(rows, found)
    if any(p.verdict in ("better", "worse") for p in projects):
        return Text(
            "Status verandert wel wat wanneer wordt gebouwd, maar per saldo niet meetbaar hoe lang er wordt gewacht.",
            "Status does change what is built when, but on balance not measurably how long people wait.",
        )
    return Text("Nee, status heeft hier geen meetbaar effect.", "No, status has no measurable effect here.")


def _shift(main: Sequence[EffectRow]) -> Text:
    """Waiting that falls here and grows there: between scenarios, or between those who wait."""
    by_metric = [{r.verdict for r in main if r.metric == m} for m in {r.metric for r in main}]
    if any({"better", "worse"} <= verdicts for verdicts in by_metric):
        return Text(
            "Het hangt van het scenario af: status verkort het wachten in het ene en verlengt het in het andere.",
            "It depends on the scenario: status shortens the waiting in one and lengthens it in another.",
        )
    shorter, longer = (
        join([words.WHO_WAITS[m] for m in words.WAITING if any(r.metric == m and r.verdict == side for r in main)])
        for side in ("better", "worse")
    )
    return Text(
        "Status verschuift het wachten: korter voor {shorter}, langer voor {longer}.",
        "Status shifts the waiting: shorter for {shorter}, longer for {longer}.",
    ).fill(shorter=shorter, longer=longer)


def _one_way(main: Sequence[EffectRow], side: str) -> Text:
    where = _where(len({r.scenario for r in main if r.verdict == side}), len({r.scenario for r in main}))
    if side == "better":
        return Text("Ja, status verkort het wachten{where}.", "Yes, status shortens the waiting{where}.").fill(
            where=where
        )
    return Text(
        "Ja, maar averechts: met status wordt er in totaal langer gewacht{where}.",
        "Yes, but the wrong way: with status the total waiting grows{where}.",
    ).fill(where=where)


def _beside(rows: Sequence[EffectRow], waiting: set[str]) -> Text:
    """What else measurably grows (or falls, where waiting itself does not move); empty when nothing does."""
    others = [r for r in _of_main(rows) if r.metric not in words.WAITING]
    grows = list(dict.fromkeys(words.lower(r.label) for r in others if r.verdict == "worse"))
    falls = list(dict.fromkeys(words.lower(r.label) for r in others if r.verdict == "better"))
    if "better" in waiting:
        head, falls = Text(" Daar staat tegenover: {x}.", " Against that stands: {x}."), []
    else:
        head = Text(" Wel: {x}.", " It does bring: {x}.")
    parts = [Text("meer ", "more ") + g for g in grows] + [Text("minder ", "less ") + f for f in falls]
    return head.fill(x=join(parts)) if parts and "worse" not in waiting else same("")


def _where(k: int, n: int) -> Text:
    if n == 1:
        return same("")
    if k == n:
        return Text(f", in alle {n} scenario's", f", in all {n} scenarios")
    return Text(f", in {k} van de {n} scenario's", f", in {k} of {n} scenarios")


def _projects_sentence(projects: list[ProjectRow]) -> Text | None:
    projects = [p for p in projects if p.has_status]
    if not projects:
        return Text("Geen enkel project in deze studie heeft status.", "No project in this study has status.")
    seen = Counter(p.verdict for p in projects)
    said = [
        (
            seen["better"],
            Text("komt daardoor eerder aan de beurt", "comes earlier because of it"),
            Text("komen daardoor eerder aan de beurt", "come earlier because of it"),
        ),
        (seen["worse"], Text("komt later aan de beurt", "comes later"), Text("komen later aan de beurt", "come later")),
        (seen["none"], Text("merkt er niets van", "is unaffected"), Text("merken er niets van", "are unaffected")),
        (seen["undecided"], Text("is nog onbeslist", "is undecided"), Text("zijn nog onbeslist", "are undecided")),
        (
            seen["not_assessable"],
            Text("is niet te beoordelen", "cannot be assessed"),
            Text("zijn niet te beoordelen", "cannot be assessed"),
        ),
    ]
    if len(projects) == 1:
        verb = next(one for k, one, _ in said if k)
        return Text("Het enige project met status {verb}.", "The only project with status {verb}.").fill(verb=verb)
    parts = [same(f"{k} ") + (one if k == 1 else more) for k, one, more in said if k]
    return Text("Van {n} met status: {parts}.", "Of {n} with status: {parts}.").fill(
        n=count(len(projects), PROJECT, PROJECTS), parts=join(parts)
    )


def _metric_sentences(rows: list[EffectRow]) -> list[Text]:
    main = _of_main(rows)
    sentences, flat = [], []
    for name in dict.fromkeys(r.metric for r in main):
        mine = [r for r in main if r.metric == name]
        verdicts = {r.verdict for r in mine}
        if verdicts == {"none"}:
            flat.append(words.lower(mine[0].label))
        elif verdicts != {"not_assessable"}:
            sentences.append(_metric_sentence(mine))
    if flat:
        sentences.append(Text("Geen meetbaar effect op: {x}.", "No measurable effect on: {x}.").fill(x=join(flat)))
    return sentences


def _metric_sentence(mine: list[EffectRow]) -> Text:
    """One metric over scenarios, those with the same verdict together."""
    parts = []
    for verdict, nl, en in (("better", "minder", "less"), ("worse", "meer", "more")):
        here = [r for r in mine if r.verdict == verdict]
        if here:
            parts.append(_amount(here).fill(more=Text(nl, en)) + _scenarios(here, mine))
    here = [r for r in mine if r.verdict == "none"]
    if here:
        parts.append(Text("geen meetbaar effect", "no measurable effect") + _scenarios(here, mine))
    here = [r for r in mine if r.verdict == "undecided"]
    if here:
        more = here[0].more_draws if len(here) == 1 else Text("", "")
        needed = Text(f" ({more.nl})", f" ({more.en})") if more else same("")
        parts.append(Text("nog niet te zeggen", "undecided") + _scenarios(here, mine) + needed)
    return mine[0].label + same(": ") + Text("; ".join(p.nl for p in parts), "; ".join(p.en for p in parts)) + same(".")


def _amount(rows: list[EffectRow]) -> Text:
    ranked = sorted(rows, key=lambda r: abs(r.mean))
    first, last = ranked[0], ranked[-1]
    unit = first.unit
    low, high = (number(abs(r.mean), min(r.decimals, significant(r.mean))) for r in (first, last))
    if low == high:
        about = same("") if all(r.low == r.high for r in rows) else Text("ongeveer ", "about ")
        return about + Text(f"{high.nl} {unit.nl} {{more}}", f"{high.en} {unit.en} {{more}}")
    return Text(f"{low.nl} tot {high.nl} {unit.nl} {{more}}", f"{low.en} to {high.en} {unit.en} {{more}}")


def _scenarios(here: list[EffectRow], of: list[EffectRow]) -> Text:
    if len(of) == 1:
        return same("")
    if len(here) == len(of):
        return Text(f" in alle {len(of)} scenario's", f" in all {len(of)} scenarios")
    names = [r.scenario_name for r in here]
    return Text(" in ", " in ") + join(names)


def _example_sentence(projects: list[ProjectRow]) -> Text | None:
    helped = [p for p in projects if p.verdict == "better"]
    if not helped:
        return None
    best = min(helped, key=lambda p: p.mean_months)
    months = number(abs(best.mean_months))
    word = (
        count(1, Text("maand", "month"), Text("maanden", "months"))
        if months.nl == "1"
        else months + Text(" maanden", " months")
    )
    return Text(
        "De eigen status helpt het meest bij {name}: ongeveer {months} eerder in bedrijf.",
        "Its own status helps most for {name}: in service about {months} earlier.",
    ).fill(name=best.name, months=word)


def _why_not_sentences(projects: list[ProjectRow]) -> list[Text]:
    """The reasons that hold most status projects, each with an example and whose lever it is."""
    stuck = [p for p in projects if p.has_status and p.verdict in STUCK and p.reason]
    sentences = []
    for (verdict, nl), _ in Counter((p.verdict, p.reason.nl) for p in stuck).most_common(3):
        mine = [p for p in stuck if (p.verdict, p.reason.nl) == (verdict, nl)]
        names = [same(p.name) for p in mine[:2]]
        if len(mine) > 2:
            names.append(count(len(mine) - 2, Text("ander project", "other project"), Text("andere", "others")))
        who = mine[0].lever
        sentences.append(
            STUCK[verdict].fill(
                names=join(names),
                reason=words.lower(mine[0].reason),
                lever=Text(f" (aan zet: {who.nl})", f" (lever: {who.en})") if who else same(""),
            )
        )
    return sentences


STUCK = {
    "none": Text("Status helpt niet bij {names}: {reason}{lever}.", "Status does not help {names}: {reason}{lever}."),
    "undecided": Text("Nog onbeslist bij {names}: {reason}{lever}.", "Undecided for {names}: {reason}{lever}."),
    "not_assessable": Text("Niet te beoordelen bij {names}: {reason}.", "Not assessable for {names}: {reason}."),
}


def _support_sentence(rows: list[EffectRow]) -> Text | None:
    """Support is told apart from order, and only when it does something."""
    mine = [r for r in rows if r.channel == "support" and r.scenario != "pooled" and r.metric in words.WAITING]
    moving = [r for r in mine if r.verdict in ("better", "worse")]
    if not moving or main_channel(rows) == "support":
        return None
    best = min(moving, key=lambda r: r.mean)
    return Text(
        "Waarvan door ondersteuning (tijdwinst bij vergunning en grond, een aanname in de invoer), apart gerekend: "
        "{label} {value} {unit} in {scenario}.",
        "Of which by support (time saved on permits and land, an assumption of the input), counted apart: "
        "{label} {value} {unit} in {scenario}.",
    ).fill(label=words.lower(best.label), value=best.value, unit=best.unit, scenario=best.scenario_name)
