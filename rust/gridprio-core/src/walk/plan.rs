//! One plan: spans without change in every area, then what each adds.
use super::{
    Area, CONNECTED_SHARE, Missing, NOT_PLANNED, Plans, Row, Rules, SUMS, VALUES, WORD, metric,
};

/// Months `start..end` of one year in one state, and its cell in the first scenario.
struct Span {
    start: usize,
    end: usize,
    cell: usize,
}

/// A month of the horizon.
fn within(month: i32, n_month: usize) -> Option<usize> {
    usize::try_from(month).ok().filter(|&month| month < n_month)
}

/// Room for one plan at a time, so that nothing is allocated per plan.
pub(super) struct Walker<'a> {
    rules: &'a Rules<'a>,
    areas: &'a [Area<'a>],
    /// [area]
    spans: Vec<Vec<Span>>,
    /// [month, word], bits that change
    toggled: Vec<u64>,
    state: Vec<u64>,
    connected: Vec<f64>,
    waiting: Vec<f64>,
    shortfall: Vec<f64>,
}

impl<'a> Walker<'a> {
    pub fn new(rules: &'a Rules<'a>, areas: &'a [Area<'a>]) -> Self {
        let n_word = areas.iter().map(Area::n_word).max().unwrap_or(1);
        let n_request = areas.iter().map(Area::n_request).max().unwrap_or(0);
        Walker {
            rules,
            areas,
            spans: areas.iter().map(|_| Vec::new()).collect(),
            toggled: vec![0; rules.n_month() * n_word],
            state: vec![0; n_word],
            connected: vec![0.0; n_request],
            waiting: vec![0.0; n_request],
            shortfall: vec![0.0; n_request],
        }
    }

    /// Fill in the metrics of a plan, [scenario, metric], and its details; or say which cells it lacks.
    pub fn walk(
        &mut self,
        plans: &Plans,
        plan: usize,
        metrics: &mut [f64],
        missing: &mut Vec<Missing>,
        mut row: Option<&mut Row>,
    ) {
        let n_project = self.rules.n_project();
        let own = plan * n_project..(plan + 1) * n_project;
        let in_service = &plans.in_service[own.clone()];
        let work = (&plans.work_start[own.clone()], &plans.work_end[own]);
        for number in 0..self.areas.len() {
            self.toggle(number, in_service, work);
            self.find_spans(number, missing);
        }
        if !missing.is_empty() {
            metrics.fill(f64::NAN);
            return;
        }
        let n_month = self.rules.n_month();
        let mut capital = 0.0;
        for (project, &month) in in_service.iter().enumerate() {
            if let Some(month) = within(month, n_month) {
                capital += self.rules.capital_meur[project * n_month + month];
            }
        }
        for (scenario, metrics) in metrics.chunks_exact_mut(metric::COUNT).enumerate() {
            metrics[metric::CAPITAL] = capital;
            for number in 0..self.areas.len() {
                self.account(number, scenario, metrics, row.as_deref_mut());
            }
        }
    }

    /// Which bits of the state change in which month.
    fn toggle(&mut self, number: usize, in_service: &[i32], work: (&[i32], &[i32])) {
        let area = &self.areas[number];
        let (n_word, n_month) = (area.n_word(), self.rules.n_month());
        let toggled = &mut self.toggled;
        toggled[..n_month * n_word].fill(0);
        let mut flip =
            |month: usize, bit: usize| toggled[month * n_word + bit / WORD] ^= 1 << (bit % WORD);
        for (bit, &project) in area.serving.iter().enumerate() {
            if let Some(month) = within(in_service[project as usize], n_month) {
                flip(month, bit);
            }
        }
        for (k, &project) in area.working.iter().enumerate() {
            let (project, bit) = (project as usize, area.serving.len() + k);
            let (Ok(start), Ok(end)) = (
                usize::try_from(work.0[project]),
                usize::try_from(work.1[project]),
            ) else {
                continue;
            };
            let since = within(in_service[project], n_month).unwrap_or(n_month);
            let mut on_site = false;
            for month in start..end.min(since) {
                let open = self.rules.work_calendar[project] >> (month % 12) & 1 == 1;
                if open != on_site {
                    flip(month, bit);
                    on_site = open;
                }
            }
            let after = end.min(since);
            if on_site && after < n_month {
                flip(after, bit);
            }
        }
    }

    fn find_spans(&mut self, number: usize, missing: &mut Vec<Missing>) {
        let area = &self.areas[number];
        let (n_word, n_month) = (area.n_word(), self.rules.n_month());
        let state = &mut self.state[..n_word];
        state.fill(0);
        let spans = &mut self.spans[number];
        spans.clear();
        for (month, toggled) in self.toggled.chunks_exact(n_word).take(n_month).enumerate() {
            let changes = toggled.iter().any(|&word| word != 0);
            if !changes && month % 12 != 0 {
                continue;
            }
            for (word, toggle) in state.iter_mut().zip(toggled) {
                *word ^= toggle;
            }
            if let Some(last) = spans.last_mut() {
                last.end = month;
            }
            let year = month / 12;
            let cell = area.first_cell(state, year, self.rules.year_weight.len());
            if cell.is_none() {
                missing.push(Missing {
                    area: number,
                    key: state.to_vec(),
                    year,
                });
            }
            // The cell of a plan that lacks one is never read.
            spans.push(Span {
                start: month,
                end: n_month,
                cell: cell.unwrap_or(0),
            });
        }
    }

    /// Add one area in one scenario.
    fn account(
        &mut self,
        number: usize,
        scenario: usize,
        metrics: &mut [f64],
        mut row: Option<&mut Row>,
    ) {
        let (rules, area) = (self.rules, &self.areas[number]);
        let (n_request, n_development) = (area.n_request(), rules.n_development());
        let connected = &mut self.connected[..n_request];
        let (waiting, shortfall) = (
            &mut self.waiting[..n_request],
            &mut self.shortfall[..n_request],
        );
        connected.fill(0.0);
        waiting.fill(0.0);
        shortfall.fill(0.0);
        let mut before: Option<usize> = None;
        for span in &self.spans[number] {
            let cell = span.cell + scenario;
            let (year, first, last) = (span.start / 12, span.start % 12, (span.end - 1) % 12 + 1);
            let weight = rules.year_weight[year];
            let between =
                |sums: &[f64], at: usize| sums[at * SUMS + last] - sums[at * SUMS + first];
            let over = between(area.overload_mvah, cell);
            metrics[metric::OVERLOAD] += weight * over;
            metrics[metric::INSECURE] += weight * between(area.insecure_hours, cell);
            let mut cost_mwh = over;
            let served = &area.served_mw[cell * n_request..][..n_request];
            let wish = &area.wish_mw[cell * n_request..][..n_request];
            for k in 0..n_request {
                let begin = i64::from(area.first_month[k]).max(span.start as i64) as usize;
                if begin >= span.end {
                    continue;
                }
                let has = connected[k].max(served[k]).min(wish[k]);
                connected[k] = has;
                let years = weight * (span.end - begin) as f64 / 12.0;
                waiting[k] += years * (wish[k] - has);
                let missed = has - served[k].min(has);
                if missed > 0.0 {
                    shortfall[k] += years * missed;
                    let sums = &area.energy_h[k * SUMS..][..SUMS];
                    cost_mwh += missed * (sums[last] - sums[begin % 12]);
                }
                if let Some(row) = row.as_deref_mut() {
                    let at = scenario * n_development + area.development[k] as usize;
                    if row.connected[at] == NOT_PLANNED
                        && wish[k] > 0.0
                        && has >= CONNECTED_SHARE * wish[k]
                    {
                        row.connected[at] = begin as i32;
                        let held = before.filter(|_| (area.first_month[k] as i64) < begin as i64);
                        row.held[at] = held.map_or(-1, |cell| cell as i32);
                    }
                }
            }
            metrics[metric::CONGESTION_COST] += rules.congestion_meur[year] * cost_mwh;
            before = Some(cell);
        }
        for k in 0..n_request {
            let development = area.development[k] as usize;
            for value in 0..VALUES {
                metrics[metric::WAITING + value] +=
                    waiting[k] * rules.waiting_value[development * VALUES + value];
            }
            metrics[metric::SHORTFALL] += shortfall[k];
            if let Some(row) = row.as_deref_mut() {
                let at = scenario * n_development + development;
                row.waiting[at] = waiting[k];
                row.shortfall[at] = shortfall[k];
                let could = i64::from(area.first_month[k]) < rules.n_month() as i64;
                if row.connected[at] == NOT_PLANNED && could {
                    row.held[at] = before.map_or(-1, |cell| cell as i32);
                }
            }
        }
    }
}
