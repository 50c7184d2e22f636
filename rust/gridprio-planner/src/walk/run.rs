//! All plans in all scenarios.
use super::area::WalkArea;
use super::metrics::COUNT;
use super::results::{DetailRow, Details, MissingCell, WalkResults};
use super::rules::{PlanMonths, WalkRules};
use super::walker::Walker;
use crate::codes::NOT_PLANNED;
use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};
use gridprio_base::threads::{SMALL, share_out};

/// Evaluates every plan in every scenario. Results do not depend on `threads`.
pub fn walk_plans(
    rules: &WalkRules,
    areas: &[WalkArea],
    plans: &PlanMonths,
    details: bool,
    threads: usize,
    cancellation: &Cancellation,
) -> Result<WalkResults> {
    rules.check(plans)?;
    for area in areas {
        area.check(rules)?;
    }
    let n_plan = plans
        .in_service
        .len()
        .checked_div(rules.n_project())
        .unwrap_or(0);
    let per_plan = rules.n_scenario * rules.n_development();
    let size = if details { n_plan * per_plan } else { 0 };
    let mut out = Details {
        waiting_mw_years: vec![0.0; size],
        shortfall_mw_years: vec![0.0; size],
        connected_month: vec![NOT_PLANNED; size],
        held_cell: vec![-1; size],
    };
    let mut metrics = vec![0.0; n_plan * rules.n_scenario * COUNT];
    let mut missing: Vec<Vec<MissingCell>> = (0..n_plan).map(|_| Vec::new()).collect();
    // A chunk size of 0 is invalid; one row then stays unused.
    let chunk = if details { per_plan.max(1) } else { 1 };
    let mut rows: Vec<Option<DetailRow>> = out
        .waiting_mw_years
        .chunks_mut(chunk)
        .zip(out.shortfall_mw_years.chunks_mut(chunk))
        .zip(out.connected_month.chunks_mut(chunk))
        .zip(out.held_cell.chunks_mut(chunk))
        .map(|(((waiting, shortfall), connected), held)| {
            Some(DetailRow {
                waiting,
                shortfall,
                connected,
                held,
            })
        })
        .collect();
    rows.resize_with(n_plan, || None);
    let pieces: Vec<_> = metrics
        .chunks_mut((rules.n_scenario * COUNT).max(1))
        .zip(&mut missing)
        .zip(&mut rows)
        .collect();
    share_out(
        pieces,
        threads,
        SMALL,
        || Walker::new(rules, areas),
        |walker, plan, ((metric, missing), row)| {
            if !cancellation.is_requested() {
                walker.walk(plans, plan, metric, missing, row.as_mut());
            }
        },
    );
    if cancellation.is_requested() {
        return Err(Error::Interrupted);
    }
    let n_word = areas.iter().map(WalkArea::n_word).max().unwrap_or(1);
    let missing: Vec<MissingCell> = missing.into_iter().flatten().collect();
    Ok(WalkResults {
        metric: metrics,
        missing_area: missing.iter().map(|m| m.area as i32).collect(),
        missing_year: missing.iter().map(|m| m.year as i32).collect(),
        missing_key: missing
            .iter()
            .flat_map(|m| (0..n_word).map(|word| m.key.get(word).copied().unwrap_or(0)))
            .collect(),
        details: out,
    })
}
