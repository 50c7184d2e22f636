"""Dutch and other names under which sheets, files and columns are known too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

NOTE_NAMES = frozenset(
    {"note", "notes", "toelichting", "toelichtingen", "opmerking", "opmerkingen", "readme", "leesmij", "uitleg"}
)
"""Sheets and columns for people; where a table has no column of this name, what stands there is not read."""

TABLE_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "study": ("studie",),
        "settings": ("instellingen",),
        "loads": ("belastingen", "bestaande_aansluitingen"),
        "projects": ("projecten",),
        "project_phases": ("projectfasen", "fasen"),
        "project_changes": ("projectwijzigingen", "wijzigingen", "netwijzigingen"),
        "seasonal_ratings": ("seizoensbelastbaarheid",),
        "temperature_ratings": ("temperatuurbelastbaarheid", "belastbaarheid_bij_temperatuur"),
        "group_limits": ("groepslimieten", "gezamenlijke_limieten"),
        "security_rules": ("veiligheidsregels", "storingsreserve", "regels_storingsreserve"),
        "outage_actions": ("acties_na_uitval",),
        "crews": ("ploegen", "capaciteit"),
        "budgets": ("budgetten", "begroting"),
        "deliveries": ("leveringen",),
        "developments": ("ontwikkelingen",),
        "queue_rules": ("wachtlijstregels", "wachtrijregels"),
        "scenarios": ("scenario's",),
        "growth": ("groei",),
        "drivers": ("aanjagers",),
        "assumptions": ("aannames",),
        "areas": ("gebieden",),
        "station_capacity": ("stationscapaciteit", "capaciteiten"),
        "project_capacity": ("projectcapaciteit",),
        "criteria": ("afwegingscriteria",),
        "principles": ("leidende_principes", "principes"),
        "measurements": ("metingen",),
        "profiles": ("profielen",),
    }
)
"""By sheet or file name, without its ending."""

COLUMN_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("naam",),
        "station_id": ("station", "station_code"),
        "to_station_id": ("naar_station",),
        "load_id": ("belasting", "aansluiting"),
        "project_id": ("project", "project_code", "projectcode"),
        "development_id": ("ontwikkeling",),
        "scenario_id": ("scenario",),
        "driver_id": ("aanjager",),
        "area_id": ("gebied",),
        "criterion_id": ("criterium",),
        "operator_id": ("netbeheerder",),
        "municipality_id": ("gemeente",),
        "province_id": ("provincie",),
        "province_shares": ("provincie_aandelen",),
        "areas": ("gebieden",),
        "buses": ("rails", "knooppunten"),
        "longitude": ("lengtegraad",),
        "latitude": ("breedtegraad",),
        "sector": ("sectoren",),
        "direction": ("richting",),
        "p_mw": ("vermogen", "vermogen_mw"),
        "contracted_unused_mw": ("ongebruikt_contract_mw",),
        "profile": ("profiel",),
        "temperature": ("temperatuur",),
        "temperatures_c": ("temperaturen_c", "temperaturen"),
        "rating_percents": ("belastbaarheid_procenten",),
        "power_factor": ("cos_phi", "arbeidsfactor"),
        "region": ("regio",),
        "carrier": ("energiedrager",),
        "maturity": ("rijpheid",),
        "stage": ("stadium",),
        "tier": ("categorie",),
        "safety": ("veiligheid",),
        "operator_rank": ("rang", "rangorde"),
        "need_year": ("jaar_nodig",),
        "request_date": ("aanvraagdatum", "datum_aanvraag"),
        "requested_year": ("gevraagd_jaar", "jaar_gevraagd"),
        "listed": ("opgenomen",),
        "status_from": ("status_vanaf",),
        "cost_meur": ("cost", "kosten", "kosten_meur"),
        "requires": ("vereist",),
        "excludes": ("sluit_uit",),
        "decision": ("besluit",),
        "land_ha": ("grond_ha", "ruimte_ha"),
        "planning_status": ("planologische_status",),
        "informs": ("informeert",),
        "delivered_on": ("opgeleverd_op",),
        "principle": ("principe",),
        "stance": ("houding",),
        "table": ("tabel",),
        "row": ("rij",),
        "column": ("kolom",),
        "low": ("laag",),
        "high": ("hoog",),
        "source": ("bron",),
        "decided_by": ("besloten_door",),
        "decided_on": ("besloten_op",),
        "reason": ("reden",),
        "phase": ("fase",),
        "duration_months": ("duration", "duur", "duur_maanden", "doorlooptijd", "doorlooptijd_maanden"),
        "after": ("na",),
        "crews": ("ploegen",),
        "crew_type": ("ploeg", "ploegtype"),
        "materials": ("materialen",),
        "material": ("materiaal",),
        "earliest": ("vroegst",),
        "cost_share": ("kostenaandeel",),
        "units": ("eenheden", "aantal"),
        "growth_per_year": ("groei_per_jaar",),
        "share_taken": ("aandeel_bezet",),
        "year": ("jaar",),
        "budget_meur": ("budget", "begroting"),
        "size": ("omvang",),
        "dwellings": ("woningen",),
        "acm_category": ("acm_categorie",),
        "purpose": ("doel",),
        "purposes": ("doelen",),
        "contract_from": ("contract_vanaf",),
        "municipality_rank": ("rang_gemeente", "gemeentelijke_rang"),
        "connection_class": ("aansluitklasse",),
        "rule": ("regel",),
        "rule_id": ("regel_id",),
        "months": ("maanden",),
        "min_kv": ("vanaf_kv", "vanaf_spanning_kv"),
        "below_kv": ("onder_kv", "onder_spanning_kv"),
        "kind": ("soort",),
        "elements": ("elementen",),
        "to_below_kv": ("naar_onder_kv", "naar_onder_spanning_kv"),
        "outages": ("uitval",),
        "interruption_max_mw": ("onderbreking_max_mw", "onderbreking_mw"),
        "interruption_max_h": ("onderbreking_max_uur", "onderbreking_uur"),
        "restored_within_h": ("hersteld_binnen_uur", "hersteltijd_uur"),
        "rank": ("rang", "rangorde"),
        "needs_contract": ("vraagt_contract",),
        "years_ahead": ("jaren_vooruit",),
        "from_date": ("vanaf", "geldt_vanaf"),
        "until_date": ("tot", "geldt_tot"),
        "weight": ("gewicht",),
        "share": ("aandeel",),
        "length_km": ("lengte", "lengte_km"),
        "action": ("actie",),
        "action_id": ("actie",),
        "outage": ("uitval",),
        "closes": ("sluit",),
        "opens": ("opent",),
        "taps": ("trapstanden",),
        "members": ("leden", "deelnemers"),
        "e_mwh": ("energie_mwh", "energie-inhoud", "energie_inhoud_mwh"),
        "efficiency_percent": ("rendement", "rendement_percent"),
        "parents": ("bovenliggende_gebieden", "valt_onder"),
        "capacity_mw": ("aanwezig", "aanwezig_mw", "capaciteit_mw"),
        "contracted_mw": ("benodigd", "benodigd_mw", "gecontracteerd_mw"),
        "queue_mw": ("wachtrij", "wachtrij_mw"),
        "published_year": ("gepubliceerd_jaar", "jaar_opgelost"),
        "published_year_above": ("gepubliceerd_jaar_bovenliggend",),
        "added_mw": ("erbij_mw", "toegevoegd_mw"),
        "source_date": ("brondatum", "datum_bron"),
        "assumed": ("aanname",),
        "key": ("sleutel", "instelling"),
        "value": ("waarde",),
    }
)
"""By column; a synonym counts only in tables that have the column."""

UNIT_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "meur": ("m€", "meuro", "m_eur", "mln_eur", "mln_euro", "mln_€", "mln", "miljoen_euro", "million_euro"),
        "months": ("maanden", "mnd", "month", "maand"),
        "percent": ("%", "procent"),
    }
)
"""By unit as it ends a column name; other units stand for themselves."""

VALUE_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "demand": ("afname",),
        "feed_in": ("invoeding", "teruglevering"),
        "research": ("onderzoek",),
        "exploration": ("verkenning",),
        "concrete": ("concreet",),
        "initiation": ("initiatie",),
        "design": ("ontwerp",),
        "execution": ("uitvoering",),
        "study": ("studie",),
        "permit": ("vergunning",),
        "land": ("grond",),
        "procurement": ("inkoop",),
        "build": ("bouw",),
        "small": ("klein", "kleinverbruik"),
        "large": ("groot", "grootverbruik"),
        "electricity": ("elektriciteit",),
        "heat": ("warmte",),
        "hydrogen": ("waterstof",),
        "flexible_contract": ("flexibel_contract",),
        "group_contract": (
            "groepscontract",
            "groepstransportovereenkomst",
            "groeps_transportovereenkomst",
            "groeps_to",
            "gto",
            "cable_pooling",
        ),
        "storage": ("opslag", "batterij"),
        "overhead_line": ("bovengronds", "bovenleiding"),
        "cable": ("kabel",),
        "both": ("beide", "beide_richtingen"),
        "single": ("enkel", "enkelvoudig"),
        "maintenance": ("onderhoud",),
        "transformer": ("transformator",),
    }
)
"""By value of a choice; a synonym counts only where the value may stand."""


def table_of(name: str) -> str:
    """The table, section or note that a sheet or file is called after; `name` where it is none."""
    return next((table for table, others in TABLE_SYNONYMS.items() if name in others), name)


def column_of(name: str, columns: Collection[str]) -> str | None:
    """The column of a table that `name` means; None where it has none of this name."""
    if name in columns:
        return name
    return next((column for column in columns if name in COLUMN_SYNONYMS.get(column, ())), None)


def value_of(word: str, choices: Collection[str]) -> str | None:
    """The choice that a word means; None where it means none of them."""
    if word in choices:
        return word
    return next((choice for choice in choices if word in VALUE_SYNONYMS.get(choice, ())), None)


def unit_of(text: str) -> str:
    """A unit as column names end in it."""
    return next((unit for unit, others in UNIT_SYNONYMS.items() if text in others), text)
