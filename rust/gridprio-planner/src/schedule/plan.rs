//! The state of one plan, under one order and one draw of delays.
use super::problem::{OrderArrays, PlanArrays};
use super::workspace::{Workspace, take};
use crate::codes::{CLAIM_HOLDER, CLAIM_RESTRICTED};

pub struct Plan<'a, 'w> {
    pub p: &'a PlanArrays<'a>,
    pub orders: &'a OrderArrays<'a>,
    pub order: usize,
    pub epoch: usize,
    pub delay: &'a [i32],
    pub list: &'a [i32],
    pub claim: &'a [i32],
    pub saved: &'a [i32],
    pub month: usize,
    pub new_order: bool,
    /// the reserve is kept free as long as a restricted project is to be placed
    pub reserve_holds: bool,
    /// some project is a holder in some epoch, so that `held` is needed
    pub any_claim: bool,
    pub w: &'w mut Workspace,
}

impl<'a, 'w> Plan<'a, 'w> {
    pub fn new(
        p: &'a PlanArrays<'a>,
        orders: &'a OrderArrays<'a>,
        order: usize,
        delay: &'a [i32],
        w: &'w mut Workspace,
    ) -> Self {
        w.reset(p, delay);
        let claims = p.n_project() * orders.epoch_month.len();
        let any_claim = orders.claim[order * claims..][..claims].contains(&CLAIM_HOLDER);
        let mut plan = Plan {
            p,
            orders,
            order,
            epoch: 0,
            delay,
            list: &[],
            claim: &[],
            saved: &[],
            month: 0,
            new_order: false,
            reserve_holds: false,
            any_claim,
            w,
        };
        plan.enter_epoch(0);
        plan
    }

    pub fn enter_epoch(&mut self, epoch: usize) {
        let row = self.order * self.orders.epoch_month.len() + epoch;
        let (n_project, n_phase) = (self.p.n_project(), self.p.n_phase());
        self.epoch = epoch;
        self.list = &self.orders.project_order[row * n_project..][..n_project];
        self.claim = &self.orders.claim[row * n_project..][..n_project];
        self.saved = &self.orders.saved[row * n_phase..][..n_phase];
    }

    /// Takes (`sign` 1) or returns (-1) the resources of a phase where it is placed.
    pub fn use_up(&mut self, phase: usize, sign: i64) {
        let w = &mut *self.w;
        let (start, worked) = (w.start[phase] as usize, w.worked[phase]);
        if worked > 0 {
            let is_holder = self.claim[w.owner[phase]] == CLAIM_HOLDER;
            take(
                self.p, phase, start, worked, &w.pools, &mut w.now, is_holder, sign,
            );
        }
    }

    pub fn is_restricted(&self, phase: usize) -> bool {
        self.claim[self.w.owner[phase]] == CLAIM_RESTRICTED
    }
}
