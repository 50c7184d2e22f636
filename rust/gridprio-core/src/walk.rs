//! Plans over remembered cells: the twin of `kernels/reference/walk.py` (`docs/theory/outcome.md`).
//!
//! A state holds until a project of the area comes into service, works begin or end, or the year changes. What a plan
//! adds in such a span follows from its one cell: running sums over calendar months give overload, and a request that
//! is connected in its first month stays so. So the work goes with the changes of a plan, not with its months. What
//! waits is counted when it changes and at the end of a year: plans with the same months have the same bits.
mod area;
mod plan;

pub use area::Area;
use plan::Walker;

use crate::error::{Error, Result};
use crate::stop::Stop;
use crate::threads::{SMALL, share_out};

/// A month that does not come within the horizon.
const NOT_PLANNED: i32 = -1;
const CONNECTED_SHARE: f64 = 0.999;
/// Bits per word of a state key.
const WORD: usize = 64;
/// Running sums over calendar months: one more than there are months.
const SUMS: usize = 13;

/// Places of METRICS in `model/walk.py`.
mod metric {
    pub const WAITING: usize = 0;
    pub const OVERLOAD: usize = 3;
    pub const INSECURE: usize = 4;
    pub const SHORTFALL: usize = 5;
    pub const CAPITAL: usize = 6;
    pub const CONGESTION_COST: usize = 7;
    pub const COUNT: usize = 8;
}
/// Values of a MW that waits: demand, feed-in, dwellings.
const VALUES: usize = 3;

/// `WalkRules` of `model/walk.py`; two-dimensional arrays are row-major.
pub struct Rules<'a> {
    pub n_scenario: usize,
    pub work_open: &'a [bool],
    pub year_weight: &'a [f64],
    pub congestion_meur: &'a [f64],
    pub capital_meur: &'a [f64],
    pub waiting_value: &'a [f64],
}

impl Rules<'_> {
    fn n_month(&self) -> usize {
        12 * self.year_weight.len()
    }

    fn n_project(&self) -> usize {
        self.work_open.len() / self.n_month().max(1)
    }

    fn n_development(&self) -> usize {
        self.waiting_value.len() / VALUES
    }

    fn check(&self, plans: &Plans) -> Result<()> {
        let (n_project, n_month) = (self.n_project(), self.n_month());
        let size = plans.in_service.len();
        check_lengths(&[
            (
                "congestion_meur",
                self.congestion_meur.len(),
                self.year_weight.len(),
            ),
            ("capital_meur", self.capital_meur.len(), n_project * n_month),
            ("waiting_value", self.waiting_value.len() % VALUES, 0),
            ("in_service", size % n_project.max(1), 0),
            ("out_of_service", plans.out_of_service.len(), size),
            ("work_start", plans.work_start.len(), size),
            ("work_end", plans.work_end.len(), size),
        ])?;
        // The month after the last one: it ends with the horizon.
        check_rows("in_service", plans.in_service, NOT_PLANNED, n_month + 1)?;
        check_rows(
            "out_of_service",
            plans.out_of_service,
            NOT_PLANNED,
            n_month + 1,
        )?;
        check_rows("work_start", plans.work_start, NOT_PLANNED, n_month + 1)?;
        check_rows("work_end", plans.work_end, NOT_PLANNED, n_month + 1)
    }
}

/// `PlanMonths` of `model/walk.py`, [plan, project].
pub struct Plans<'a> {
    pub in_service: &'a [i32],
    pub out_of_service: &'a [i32],
    pub work_start: &'a [i32],
    pub work_end: &'a [i32],
}

/// `WalkResults` of `model/walk.py`; details are empty unless asked for.
pub struct Walks {
    pub metric: Vec<f64>,
    pub missing_area: Vec<i32>,
    /// [missing, word] with the words of the widest area
    pub missing_key: Vec<u64>,
    pub missing_year: Vec<i32>,
    pub details: Details,
}

/// [plan, scenario, development]
pub struct Details {
    pub waiting_mw_years: Vec<f64>,
    pub shortfall_mw_years: Vec<f64>,
    pub connected_month: Vec<i32>,
    pub held_cell: Vec<i32>,
}

/// A cell that a plan needs and that was never simulated.
struct Missing {
    area: usize,
    key: Vec<u64>,
    year: usize,
}

/// What becomes of the developments of one plan, [scenario, development].
struct Row<'a> {
    waiting: &'a mut [f64],
    shortfall: &'a mut [f64],
    connected: &'a mut [i32],
    held: &'a mut [i32],
}

/// Every plan in every scenario. The result does not depend on `threads`.
///
/// Arrays that do not fit together are an error, and so is `stop` (Interrupted).
pub fn walk_plans(
    rules: &Rules,
    areas: &[Area],
    plans: &Plans,
    details: bool,
    threads: usize,
    stop: &Stop,
) -> Result<Walks> {
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
    let mut metrics = vec![0.0; n_plan * rules.n_scenario * metric::COUNT];
    let mut missing: Vec<Vec<Missing>> = (0..n_plan).map(|_| Vec::new()).collect();
    // Rows of no length cannot be cut; then there is one row for nobody.
    let chunk = if details { per_plan.max(1) } else { 1 };
    let mut rows: Vec<Option<Row>> = out
        .waiting_mw_years
        .chunks_mut(chunk)
        .zip(out.shortfall_mw_years.chunks_mut(chunk))
        .zip(out.connected_month.chunks_mut(chunk))
        .zip(out.held_cell.chunks_mut(chunk))
        .map(|(((waiting, shortfall), connected), held)| {
            Some(Row {
                waiting,
                shortfall,
                connected,
                held,
            })
        })
        .collect();
    rows.resize_with(n_plan, || None);
    let pieces: Vec<_> = metrics
        .chunks_mut((rules.n_scenario * metric::COUNT).max(1))
        .zip(&mut missing)
        .zip(&mut rows)
        .collect();
    share_out(
        pieces,
        threads,
        SMALL,
        || Walker::new(rules, areas),
        |walker, plan, ((metric, missing), row)| {
            if !stop.is_asked() {
                walker.walk(plans, plan, metric, missing, row.as_mut());
            }
        },
    );
    if stop.is_asked() {
        return Err(Error::Interrupted);
    }
    let n_word = areas.iter().map(Area::n_word).max().unwrap_or(1);
    let missing: Vec<Missing> = missing.into_iter().flatten().collect();
    Ok(Walks {
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

fn check_lengths(lengths: &[(&'static str, usize, usize)]) -> Result<()> {
    match lengths
        .iter()
        .find(|(_, found, expected)| found != expected)
    {
        None => Ok(()),
        Some(&(name, found, expected)) => Err(Error::Length {
            name,
            found,
            expected,
        }),
    }
}

/// Values from `lowest` up to `limit` (exclusive).
fn check_rows(name: &'static str, values: &[i32], lowest: i32, limit: usize) -> Result<()> {
    let wrong = values
        .iter()
        .position(|&value| value < lowest || i64::from(value) >= limit as i64);
    match wrong {
        None => Ok(()),
        Some(row) => Err(Error::Index {
            name,
            row,
            found: i64::from(values[row]),
            limit,
        }),
    }
}
