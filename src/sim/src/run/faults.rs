//! Faults: which messages are lost, doubled or late, drawn from the seed or chosen by hand.
//!
//! A fault that was chosen waits for the first chance of its thing (`A.response`) and happens once. One that is drawn
//! depends on the seed, the kind and the request alone. A chosen fault that never found its thing is told at the end.

use super::{Moment, Run};
use crate::cost;
use crate::random::{Purpose, Stream};
use crate::task::Sender;
use crate::world::World;
use unhappy_trace::event::{EventKind, FaultHappened, TextId};
use unhappy_trace::{Fault, FaultKind, How, Move};

/// Calls after which a drawn crash comes, from 1 to this.
const CRASH_WITHIN_CALLS: u64 = 6;

/// Which faults a run has.
#[derive(Clone)]
pub(super) struct Plan {
    seed: u64,
    armed: Vec<Armed>,
    rates: Vec<(FaultKind, u64)>,
    /// What could have broken since it was last asked, in order; kept for an explorer only.
    pub(super) chances: Option<Vec<(FaultKind, Fault)>>,
}

/// A chosen fault that has not happened.
#[derive(Clone)]
struct Armed {
    fault: Fault,
    /// Whether the schedule names it, so that it stands among the moves that were made.
    is_listed: bool,
}

impl Plan {
    pub(super) fn new(world: &World) -> Plan {
        let rate = |kind: FaultKind| {
            let key = match kind {
                FaultKind::RequestLost => "lost_requests_per_mille",
                FaultKind::ResponseLost => "lost_responses_per_mille",
                FaultKind::RequestTwice => "duplicate_requests_per_mille",
                FaultKind::RequestLate => "late_requests_per_mille",
                FaultKind::Crash => "crashes_per_mille",
                FaultKind::CommitLost => "lost_commits_per_mille",
                FaultKind::ChargeResponseLost => "lost_charge_responses_per_mille",
            };
            (kind, world.setting(key))
        };
        let is_timed = world.inputs.choices == unhappy_trace::Choices::Timed;
        let all = FaultKind::NAMES.iter().filter(|_| is_timed).map(|(kind, _)| rate(*kind));
        let armed = world.inputs.faults.iter();
        Plan {
            seed: world.inputs.seed,
            armed: armed.map(|fault| Armed { fault: fault.clone(), is_listed: false }).collect(),
            rates: all.filter(|(_, rate)| *rate > 0).collect(),
            chances: None,
        }
    }

    /// Draws whether a kind of fault happens to the `count`th message of an account.
    fn draws(&self, kind: FaultKind, ordinal: u64, count: u64) -> bool {
        let Some((_, rate)) = self.rates.iter().find(|(known, _)| *known == kind) else { return false };
        self.stream(kind, ordinal, count).below(1000) < *rate
    }

    fn stream(&self, kind: FaultKind, ordinal: u64, count: u64) -> Stream {
        let seed = self.seed ^ (kind as u64 + 1) << 56 ^ count << 48;
        Stream::new(seed, Purpose::Faults, ordinal)
    }

    /// Returns the faults that wait for their thing.
    pub(super) fn armed_names(&self) -> Vec<String> {
        self.armed.iter().map(|armed| armed.fault.to_string()).collect()
    }

    /// Takes a chosen fault of a thing; none when none waits for it.
    fn take(&mut self, name: &str, suffix: &str, how: How) -> Option<Armed> {
        let is_it = |armed: &Armed| {
            armed.fault.how == how && armed.fault.thing.strip_prefix(name).is_some_and(|rest| rest == suffix)
        };
        let index = self.armed.iter().position(is_it)?;
        Some(self.armed.remove(index))
    }
}

impl Run {
    /// Returns whether a fault happens to a thing of a request now, and records it.
    pub(super) fn breaks(&mut self, number: u32, suffix: &str, how: How, kind: FaultKind) -> bool {
        let request = &self.requests[number as usize];
        let (actor, account) = (request.actor, request.account);
        let name = request.name.clone();
        self.thing_breaks(&name, actor, account, suffix, how, kind, 0)
    }

    /// The same for a thing of any actor; `count` tells its messages of one kind apart.
    #[expect(clippy::too_many_arguments, reason = "a thing, what happens to it, and who is told")]
    pub(super) fn thing_breaks(
        &mut self,
        name: &str,
        actor: TextId,
        account: u32,
        suffix: &str,
        how: How,
        kind: FaultKind,
        count: u64,
    ) -> bool {
        if let Some(chances) = &mut self.plan.chances {
            chances.push((kind, Fault { thing: format!("{name}{suffix}"), how }));
        }
        if self.plan.armed.is_empty() && self.plan.rates.is_empty() {
            return false;
        }
        let fault = match self.plan.take(name, suffix, how) {
            Some(armed) => {
                if !armed.is_listed && !self.is_timed() {
                    self.list(armed.fault.clone(), suffix);
                }
                armed.fault
            }
            None if self.plan.draws(kind, self.accounts[account as usize].ordinal, count) => {
                Fault { thing: format!("{name}{suffix}"), how }
            }
            None => return false,
        };
        let fault = self.recorder.text(&fault.to_string());
        self.recorder.push(self.now, actor, EventKind::FaultHappened(FaultHappened { fault }));
        true
    }

    /// Puts a fault that was chosen apart from the schedule among the moves that were made: before the step in which
    /// it happened; a lost request in its place.
    fn list(&mut self, fault: Fault, suffix: &str) {
        let is_instead = suffix == ".request" && fault.how == How::Lost;
        let step = self.made.pop();
        self.made.push(Move::Fault(fault));
        self.made.extend(step.filter(|_| !is_instead));
    }

    /// A schedule breaks a message: at once when it is a request that waits to arrive, otherwise at the next chance.
    pub(super) fn break_message(&mut self, fault: Fault) {
        self.made.push(Move::Fault(fault.clone()));
        let waiting = self.agenda.steps().iter().position(|moment| match moment {
            Moment::Arrive(number) => {
                let name = &self.requests[*number as usize].name;
                fault.how == How::Lost && fault.thing.strip_prefix(name.as_str()) == Some(".request")
            }
            _ => false,
        });
        self.plan.armed.push(Armed { fault, is_listed: true });
        if let Some(index) = waiting {
            let moment = self.agenda.take_step(index);
            self.make(moment);
        }
    }

    /// What happens to a request on its way. Returns whether it does not arrive now.
    pub(super) fn is_lost_on_the_way(&mut self, number: u32) -> bool {
        if self.breaks(number, ".request", How::Lost, FaultKind::RequestLost) {
            self.requests[number as usize].is_touched = true;
            self.notice_later(number);
            return true;
        }
        let is_first = self.requests[number as usize].arrived_at == self.requests[number as usize].sent_at;
        if is_first && self.is_timed() && self.breaks(number, ".request", How::Late, FaultKind::RequestLate) {
            self.requests[number as usize].arrived_at = self.now;
            self.agenda.add(self.now.after(cost::LATE), Moment::Arrive(number));
            return true;
        }
        let is_copy = self.requests[number as usize].sender == Sender::Nobody;
        if !is_copy && self.breaks(number, ".request", How::Twice, FaultKind::RequestTwice) {
            self.send_copy(number, ".twice");
        }
        false
    }

    /// Sends a request once more; nobody waits for the answer of the copy. Returns the copy's number.
    pub(super) fn send_copy(&mut self, number: u32, suffix: &str) -> u32 {
        let copy = u32::try_from(self.requests.len()).expect("requests of a run fit 32 bits");
        let original = self.requests[number as usize].clone();
        let name = format!("{}{suffix}", original.name);
        let ordinal = self.accounts[original.account as usize].ordinal | 1 << 60;
        let account = self.open_account(ordinal);
        let actor = self.recorder.text(&name);
        let round_trip = cost::client_round_trip(&mut self.accounts[account as usize].round_trips);
        self.requests.push(crate::task::Request {
            name,
            actor,
            account,
            sender: Sender::Nobody,
            attempt: original.attempt + 1,
            sent_at: self.now,
            arrived_at: self.now,
            round_trip,
            status: None,
            server: None,
            handler: None,
            is_over: false,
            is_uncaught: false,
            is_touched: false,
            ..original
        });
        self.agenda.add(self.then_at(self.now.after(cost::half(round_trip))), Moment::Arrive(copy));
        copy
    }

    /// Draws whether and after which of its calls a request's process ends.
    pub(super) fn plan_crash(&mut self, account: u32) {
        let ordinal = self.accounts[account as usize].ordinal;
        if self.plan.draws(FaultKind::Crash, ordinal, 0) {
            let call = 1 + self.plan.stream(FaultKind::Crash, ordinal, 1).below(CRASH_WITHIN_CALLS);
            self.accounts[account as usize].crash_after = Some(call);
        }
    }

    /// Tells which chosen faults never happened.
    pub(super) fn tell_faults_that_never_came(&mut self) {
        for armed in std::mem::take(&mut self.plan.armed) {
            let actor = self.recorder.text("faults");
            let sentence =
                format!("the fault {} never happened: nothing of that name came by in this run", armed.fault);
            self.note(actor, None, &sentence);
        }
    }
}
