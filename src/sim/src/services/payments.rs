//! The payment provider: charges of card tokens, refunds, idempotency keys.
//!
//! Stands for Stripe's API ("Charges", "Refunds", "Idempotent requests", "Errors") and for the header of
//! draft-ietf-httpapi-idempotency-key-header:
//! - A key keeps the first result, also a refusal, for 24 hours ("at least 24 hours" there); the same call with the
//!   same key gets that result again and moves no money. After that the key is new.
//! - The same key with other parameters, or for another kind of call, is an error. Status 409, which Stripe's table
//!   of status codes gives for conflicting keys; the draft names 422.
//! - Arguments that do not fit are refused before anything runs and store nothing.
//! - A declined card is an error with status 402. One card always gets the same decision.
//! - Refunds are made up to what is left of the charge; the next one is refused with 400.
//!
//! Simpler than the product: a call takes effect at one instant, so two calls with one key never run at the same
//! time (there the second gets 409 while the first is running); one currency; no disputes, no authorisations.

use super::limits::{CHARGE_CENTS, Room, size};
use super::{Failure, Served, ServiceCall, answered, arguments, latency, map, number, remaining, text};
use crate::random::Stream;
use std::collections::BTreeMap;
use unhappy_trace::{Digest, SimDuration, SimInstant, Value};

/// How long a key is remembered: 24 hours.
pub const KEY_LIFE: SimDuration = SimDuration::from_micros(24 * 3600 * 1_000_000);

/// What a token holds whose card is always declined.
const DECLINED_TOKEN: &str = "declined";

/// Bytes that a charge, a refund or a key counts for, whatever its texts.
const RECORD_BYTES: usize = 160;

/// A charge that went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// `ch_1`, counted in order of the charges.
    pub id: String,
    /// Token of the card.
    pub card: String,
    /// Cents.
    pub amount: i64,
    /// The key that came with it.
    pub idempotency_key: Option<String>,
    /// Cents given back so far.
    pub refunded: i64,
    /// When it was made.
    pub at: SimInstant,
}

/// A refund that went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `re_1`, counted in order of the refunds.
    pub id: String,
    /// Id of the charge.
    pub charge: String,
    /// Cents.
    pub amount: i64,
    /// When it was made.
    pub at: SimInstant,
}

/// The payment provider's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Payments {
    /// Every charge that went through, in order.
    pub charges: Vec<Charge>,
    /// Every refund that went through, in order.
    pub refunds: Vec<Refund>,
    keys: BTreeMap<String, Kept>,
    declined_per_mille: u64,
    seed: u64,
    room: Room,
}

/// What a key remembers.
#[derive(Debug, Clone, PartialEq)]
struct Kept {
    parameters: Value,
    result: Result<Value, Failure>,
    until: SimInstant,
}

impl Payments {
    /// Returns a provider without charges that declines so many of 1,000 cards; the seed decides which.
    pub fn new(declined_per_mille: u64, seed: u64) -> Payments {
        Payments {
            charges: vec![],
            refunds: vec![],
            keys: BTreeMap::new(),
            declined_per_mille,
            seed,
            room: Room::default(),
        }
    }

    /// Returns what each card has paid: charges less refunds, in cents. Cards that got everything back stand at 0.
    pub fn net_by_card(&self) -> BTreeMap<String, i64> {
        let mut cards = BTreeMap::new();
        for charge in &self.charges {
            *cards.entry(charge.card.clone()).or_insert(0) += charge.amount - charge.refunded;
        }
        cards
    }

    /// Returns whether the provider declines a card. It never changes its mind about one.
    pub fn declines(&self, card: &str) -> bool {
        let digest = Digest::of(format!("{} {card}", self.seed).as_bytes()).to_string();
        let drawn = u64::from_str_radix(&digest[..12], 16).expect("a digest is hexadecimal digits") % 1000;
        card.contains(DECLINED_TOKEN) || drawn < self.declined_per_mille
    }

    pub(super) fn call(
        &mut self,
        what: &str,
        call: ServiceCall<'_>,
        draws: &mut Stream,
    ) -> Option<Result<Served, String>> {
        match what {
            "charge" => Some(self.charge(call, draws)),
            "refund" => Some(self.refund(call, draws)),
            "find" => Some(self.find(call, draws)),
            _ => None,
        }
    }

    fn charge(&mut self, call: ServiceCall<'_>, draws: &mut Stream) -> Result<Served, String> {
        let given = arguments::read(call, &["amount", "card", "idempotency_key"])?;
        let (amount, card) = (given.cents("amount", CHARGE_CENTS)?, given.name("card")?);
        let key = given.optional_name("idempotency_key")?;
        let parameters =
            map([("call", text(call.name)), ("amount", Value::Int(amount)), ("card", text(card))]);
        self.once(call, key, parameters, draws, |provider| provider.new_charge(amount, card, key, call.now))
    }

    fn refund(&mut self, call: ServiceCall<'_>, draws: &mut Stream) -> Result<Served, String> {
        let given = arguments::read(call, &["charge_id", "amount", "idempotency_key"])?;
        let (charge, amount) = (given.name("charge_id")?, given.optional_cents("amount", CHARGE_CENTS)?);
        let key = given.optional_name("idempotency_key")?;
        let parameters =
            map([("call", text(call.name)), ("charge_id", text(charge)), ("amount", given.any("amount"))]);
        self.once(call, key, parameters, draws, |provider| provider.new_refund(charge, amount, call.now))
    }

    fn find(&self, call: ServiceCall<'_>, draws: &mut Stream) -> Result<Served, String> {
        let given = arguments::read(call, &["idempotency_key", "id", "card"])?;
        let wanted = (
            given.optional_name("idempotency_key")?,
            given.optional_name("id")?,
            given.optional_name("card")?,
        );
        let (key, id, card) = wanted;
        if wanted == (None, None, None) {
            return Err(format!("{}: expected one of idempotency_key, id and card", call.name));
        }
        let found = self.charges.iter().filter(|charge| {
            key.is_none_or(|key| charge.idempotency_key.as_deref() == Some(key))
                && id.is_none_or(|id| charge.id == id)
                && card.is_none_or(|card| charge.card == card)
        });
        answered(Value::List(found.map(found_charge).collect()), latency::payment_lookup(draws))
    }

    /// Runs something at most once for a key: a known key gets the kept result.
    fn once(
        &mut self,
        call: ServiceCall<'_>,
        key: Option<&str>,
        parameters: Value,
        draws: &mut Stream,
        run: impl FnOnce(&mut Payments) -> (Result<Value, Failure>, i64),
    ) -> Result<Served, String> {
        if let Some(key) = key
            && let Some(kept) = self.keys.get(key).filter(|kept| kept.until > call.now)
        {
            let result = if kept.parameters == parameters { kept.result.clone() } else { Err(conflict(key)) };
            return Ok(Served { result, work: latency::payment_lookup(draws), money_cents: 0 });
        }
        self.room.take(call.name, RECORD_BYTES + size(&parameters))?;
        let (result, money_cents) = run(self);
        if let Some(key) = key {
            let kept = Kept { parameters, result: result.clone(), until: call.now.after(KEY_LIFE) };
            self.keys.insert(key.to_owned(), kept);
        }
        Ok(Served { result, work: latency::payment(draws), money_cents })
    }

    fn new_charge(
        &mut self,
        amount: i64,
        card: &str,
        key: Option<&str>,
        now: SimInstant,
    ) -> (Result<Value, Failure>, i64) {
        if self.declines(card) {
            return (
                Err(Failure::with_status("CardDeclined", 402, format!("the card {card} was declined"))),
                0,
            );
        }
        let charge = Charge {
            id: format!("ch_{}", self.charges.len() + 1),
            card: card.to_owned(),
            amount,
            idempotency_key: key.map(str::to_owned),
            refunded: 0,
            at: now,
        };
        let answer = made_charge(&charge);
        self.charges.push(charge);
        (Ok(answer), amount)
    }

    fn new_refund(
        &mut self,
        charge: &str,
        amount: Option<i64>,
        now: SimInstant,
    ) -> (Result<Value, Failure>, i64) {
        let Some(found) = self.charges.iter_mut().find(|known| known.id == charge) else {
            return (
                Err(Failure::with_status("PaymentError", 404, format!("there is no charge {charge}"))),
                0,
            );
        };
        let left = found.amount - found.refunded;
        let amount = amount.unwrap_or(left);
        if left == 0 || amount > left {
            return (Err(too_much(charge, amount, left)), 0);
        }
        found.refunded += amount;
        let id = format!("re_{}", self.refunds.len() + 1);
        let answer = map([("id", text(&id)), ("charge", text(charge)), ("amount", Value::Int(amount))]);
        self.refunds.push(Refund { id, charge: charge.to_owned(), amount, at: now });
        (Ok(answer), -amount)
    }

    /// Returns the state in one comparable form; of each key, how much of its life remains. Microseconds.
    pub fn canonical(&self, now: SimInstant) -> Value {
        let keys = self.keys.iter().filter(|(_, kept)| kept.until > now).map(|(key, kept)| {
            let result = match &kept.result {
                Ok(value) => value.clone(),
                Err(failure) => text(&format!("{}: {}", failure.class, failure.message)),
            };
            let entry = map([
                ("parameters", kept.parameters.clone()),
                ("result", result),
                ("remaining", remaining(kept.until, now)),
            ]);
            (key.clone(), entry)
        });
        map([
            ("charges", Value::List(self.charges.iter().map(found_charge).collect())),
            ("refunds", number(self.refunds.len() as u64)),
            ("keys", Value::Map(keys.collect())),
        ])
    }
}

/// A charge as the answer to its own call.
fn made_charge(charge: &Charge) -> Value {
    map([
        ("id", text(&charge.id)),
        ("amount", Value::Int(charge.amount)),
        ("card", text(&charge.card)),
        ("status", text("succeeded")),
    ])
}

/// A charge as a search returns it.
fn found_charge(charge: &Charge) -> Value {
    map([
        ("id", text(&charge.id)),
        ("amount", Value::Int(charge.amount)),
        ("card", text(&charge.card)),
        ("status", text("succeeded")),
        ("idempotency_key", charge.idempotency_key.as_deref().map_or(Value::Null, text)),
        ("refunded", Value::Int(charge.refunded)),
    ])
}

fn conflict(key: &str) -> Failure {
    let message = format!("the idempotency key {key} was first used with other parameters");
    Failure::with_status("IdempotencyConflict", 409, message)
}

fn too_much(charge: &str, amount: i64, left: i64) -> Failure {
    let message = if left == 0 {
        format!("the charge {charge} has been refunded already")
    } else {
        format!(
            "a refund of {amount} cents is more than the {left} cents that are left of the charge {charge}"
        )
    };
    Failure::with_status("PaymentError", 400, message)
}
