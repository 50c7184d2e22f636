//! Evaluation of one plan: spans without change in every area, then the contribution of each.
use super::area::WalkArea;
use super::metrics::{COUNT, Metrics};
use super::request::{RequestState, Year};
use super::results::{DetailRow, MissingCell};
use super::rules::{PlanMonths, SUMS, VALUES, WalkRules};
use crate::codes::{CONNECTED_SHARE, NOT_PLANNED, WORD};

/// Months `start..end` of one year in one state, and its cell in the first scenario.
struct Span {
    start: usize,
    end: usize,
    cell: usize,
}

/// The month, when it is within the horizon.
fn within(month: i32, n_month: usize) -> Option<usize> {
    usize::try_from(month).ok().filter(|&month| month < n_month)
}

/// Buffers of one thread, reused between plans.
pub struct Walker<'a> {
    rules: &'a WalkRules<'a>,
    areas: &'a [WalkArea<'a>],
    /// [area]
    spans: Vec<Vec<Span>>,
    /// [month, word], bits that change
    toggled: Vec<u64>,
    state: Vec<u64>,
    requests: Vec<RequestState>,
}

impl<'a> Walker<'a> {
    pub fn new(rules: &'a WalkRules<'a>, areas: &'a [WalkArea<'a>]) -> Self {
        let n_word = areas.iter().map(WalkArea::n_word).max().unwrap_or(1);
        let n_request = areas.iter().map(WalkArea::n_request).max().unwrap_or(0);
        Walker {
            rules,
            areas,
            spans: areas.iter().map(|_| Vec::new()).collect(),
            toggled: vec![0; rules.n_month() * n_word],
            state: vec![0; n_word],
            requests: vec![RequestState::default(); n_request],
        }
    }

    /// Fills the metrics of a plan, [scenario, metric], and its details; or lists the missing cells.
    pub fn walk(
        &mut self,
        plans: &PlanMonths,
        plan: usize,
        metrics: &mut [f64],
        missing: &mut Vec<MissingCell>,
        mut row: Option<&mut DetailRow>,
    ) {
        let n_project = self.rules.n_project();
        let own = plan * n_project..(plan + 1) * n_project;
        let in_service = &plans.in_service[own.clone()];
        let out_of_service = &plans.out_of_service[own.clone()];
        let work = (&plans.work_start[own.clone()], &plans.work_end[own]);
        for number in 0..self.areas.len() {
            self.toggle(number, (in_service, out_of_service), work);
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
        for (scenario, metrics) in metrics.chunks_exact_mut(COUNT).enumerate() {
            let mut metrics = Metrics(metrics);
            metrics.set_capital_cost(capital);
            for number in 0..self.areas.len() {
                self.account(number, scenario, &mut metrics, row.as_deref_mut());
            }
        }
    }

    /// Fills which bits of the state change in which month.
    fn toggle(&mut self, number: usize, service: (&[i32], &[i32]), work: (&[i32], &[i32])) {
        let (in_service, out_of_service) = service;
        let area = &self.areas[number];
        let (n_word, n_month) = (area.n_word(), self.rules.n_month());
        let toggled = &mut self.toggled;
        toggled[..n_month * n_word].fill(0);
        let mut flip =
            |month: usize, bit: usize| toggled[month * n_word + bit / WORD] ^= 1 << (bit % WORD);
        for (bit, &project) in area.serving.iter().enumerate() {
            if let Some(month) = within(in_service[project as usize], n_month) {
                let after = out_of_service[project as usize];
                if after == NOT_PLANNED || after > month as i32 {
                    flip(month, bit);
                    if let Some(after) = within(after, n_month) {
                        flip(after, bit);
                    }
                }
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
                let open = self.rules.work_open[project * n_month + month];
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

    fn find_spans(&mut self, number: usize, missing: &mut Vec<MissingCell>) {
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
                missing.push(MissingCell {
                    area: number,
                    key: state.to_vec(),
                    year,
                });
            }
            // The cells of a plan with missing ones are not read.
            let cell = cell.unwrap_or(0);
            match spans.last_mut() {
                Some(last) if last.cell == cell && month % 12 != 0 => last.end = n_month,
                _ => spans.push(Span {
                    start: month,
                    end: n_month,
                    cell,
                }),
            }
        }
    }

    /// Adds one area in one scenario.
    fn account(
        &mut self,
        number: usize,
        scenario: usize,
        metrics: &mut Metrics,
        mut row: Option<&mut DetailRow>,
    ) {
        let (rules, area) = (self.rules, &self.areas[number]);
        let n_request = area.n_request();
        let requests = &mut self.requests[..n_request];
        requests.fill(RequestState::default());
        let energy_h = |k: usize| &area.energy_h[k * SUMS..][..SUMS];
        let mut before: Option<usize> = None;
        for span in &self.spans[number] {
            let cell = span.cell + scenario;
            let number = span.start / 12;
            let year = Year {
                number,
                weight: rules.year_weight[number],
                meur: rules.congestion_meur[number],
            };
            let months = (span.start % 12, (span.end - 1) % 12 + 1);
            metrics.add_span(area, cell, &year, months);
            let allocated = &area.allocated_mw[cell * n_request..][..n_request];
            let requested = &area.requested_mw[cell * n_request..][..n_request];
            for (k, request) in requests.iter_mut().enumerate() {
                let begin = i64::from(area.first_month[k]).max(span.start as i64) as usize;
                if begin >= span.end {
                    continue;
                }
                let is_offered = area.offered[k * rules.year_weight.len() + number];
                let offered = if is_offered { allocated[k] } else { 0.0 };
                let connected = request.connected.max(offered).min(requested[k]);
                request.connected = connected;
                if let Some(ended) = request.waits.set(requested[k] - connected, begin) {
                    request.count_waiting(ended, begin, year.weight);
                }
                if let Some(ended) = request
                    .missed
                    .set(connected - allocated[k].min(connected), begin)
                {
                    request.count_missed(ended, begin, &year, energy_h(k));
                }
                if let Some(row) = row.as_deref_mut() {
                    let at = scenario * rules.n_development() + area.development[k] as usize;
                    let full = requested[k] > 0.0 && connected >= CONNECTED_SHARE * requested[k];
                    if full && row.connected[at] == NOT_PLANNED {
                        row.connected[at] = begin as i32;
                        let held = before.filter(|_| (area.first_month[k] as i64) < begin as i64);
                        row.held[at] = held.map_or(-1, |cell| cell as i32);
                    }
                }
            }
            if span.end % 12 == 0 {
                for (k, request) in requests.iter_mut().enumerate() {
                    request.end_year(&year, energy_h(k));
                }
            }
            before = Some(cell);
        }
        self.sum_up(number, scenario, before, metrics, row);
    }

    /// Adds the requests to metrics and details. `last` is the cell of the last month.
    fn sum_up(
        &self,
        number: usize,
        scenario: usize,
        last: Option<usize>,
        metrics: &mut Metrics,
        mut row: Option<&mut DetailRow>,
    ) {
        let (rules, area) = (self.rules, &self.areas[number]);
        for (k, request) in self.requests[..area.n_request()].iter().enumerate() {
            let development = area.development[k] as usize;
            metrics.add_request(
                request,
                &rules.waiting_value[development * VALUES..][..VALUES],
            );
            if let Some(row) = row.as_deref_mut() {
                let at = scenario * rules.n_development() + development;
                row.waiting[at] = request.waiting;
                row.shortfall[at] = request.shortfall;
                let could = i64::from(area.first_month[k]) < rules.n_month() as i64;
                if row.connected[at] == NOT_PLANNED && could {
                    row.held[at] = last.map_or(-1, |cell| cell as i32);
                }
            }
        }
    }
}
