//! Every rule of every service, as small scripts of calls beside what they give.
//!
//! A line of a script is an instant in seconds, a call, and its arguments: by position, or as `name=value`. Lines
//! without a point in their call are asked by the kernel: `serve emails 30 5`, `receive emails`, `next emails`.

use super::*;
use crate::random::Purpose;
use queue::NextDelivery;

/// Plays a script; compares what each line gave.
#[track_caller]
fn check(script: &[(&str, &str)]) -> Services {
    let (mut services, mut draws) = (Services::new(0, 7), Stream::new(7, Purpose::RoundTrips, 0));
    for (number, (line, expected)) in script.iter().enumerate() {
        let given = play(&mut services, &mut draws, line);
        assert_eq!(given, *expected, "line {} of the script: {line}", number + 1);
    }
    services
}

fn play(services: &mut Services, draws: &mut Stream, line: &str) -> String {
    let mut words = line.split_whitespace();
    let now = seconds(words.next().unwrap());
    let name = words.next().unwrap();
    if !name.contains('.') {
        return ask(services, now, name, &words.collect::<Vec<_>>());
    }
    let (named, args): (Vec<&str>, Vec<&str>) = words.partition(|word| word.contains('='));
    let args: Vec<Value> = args.into_iter().map(read).collect();
    let named = named.iter().map(|word| word.split_once('=').unwrap());
    let fields = Value::Map(named.map(|(name, value)| (name.to_owned(), read(value))).collect());
    match services.call(ServiceCall { name, args: &args, fields: &fields, now }, draws) {
        None => "no such call".into(),
        Some(Err(sentence)) => format!("! {sentence}"),
        Some(Ok(served)) => shown(&served),
    }
}

fn shown(served: &Served) -> String {
    assert!(served.work > SimDuration::ZERO, "every call takes some time");
    let result = match &served.result {
        Ok(value) => value.to_json(),
        Err(failure) => {
            let status = failure.fields.iter().find(|(name, _)| name == "status").unwrap();
            format!("{} {}: {}", failure.class, status.1.to_json(), failure.message)
        }
    };
    match served.money_cents {
        0 => result,
        cents => format!("{result} {cents:+}"),
    }
}

/// What the kernel asks the queue.
fn ask(services: &mut Services, now: SimInstant, what: &str, words: &[&str]) -> String {
    let queue = &mut services.queue;
    match (what, words) {
        ("serve", [topic, timeout, receives]) => {
            let served =
                queue.serve(topic, seconds(timeout).since(SimInstant::START), receives.parse().unwrap());
            served.map_or_else(|sentence| format!("! {sentence}"), |()| "ok".into())
        }
        ("receive", [topic]) => match queue.receive(topic, now) {
            None => "none".into(),
            Some(found) => format!("{} {}", found.receipt, found.body.to_json()),
        },
        ("next", [topic]) => match queue.next_delivery(topic, now) {
            NextDelivery::At(at) => format!("at {}", at.micros() / 1_000_000),
            other => format!("{other:?}").to_lowercase(),
        },
        ("due", []) => queue.next_due().map_or("none".into(), |at| (at.micros() / 1_000_000).to_string()),
        ("settle", []) => {
            queue.settle(now);
            "ok".into()
        }
        ("dead", [topic]) => {
            queue.dead_letters(topic).iter().map(|m| m.receipt.clone()).collect::<Vec<_>>().join(" ")
        }
        ("waiting", [topic]) => queue.waiting(topic).to_string(),
        ("canonical", [service]) => services.canonical(now).get(service).unwrap().to_json(),
        _ => panic!("no such question: {what} {words:?}"),
    }
}

/// An instant, with up to six digits behind the point.
fn seconds(text: &str) -> SimInstant {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let micros = whole.parse::<u64>().unwrap() * 1_000_000 + format!("{part:0<6}").parse::<u64>().unwrap();
    SimInstant::from_micros(micros)
}

fn read(word: &str) -> Value {
    match word {
        "None" => Value::Null,
        "True" => Value::Bool(true),
        _ => match (word.parse::<i64>(), word.parse::<f64>()) {
            (Ok(whole), _) => Value::Int(whole),
            (_, Ok(float)) => Value::Float(float),
            _ => text(word.trim_matches('"')),
        },
    }
}

// Without a key every call is a charge of its own: the double charge.
#[test]
fn a_charge_without_a_key_is_made_every_time() {
    let services = check(&[
        (
            "0 payments.charge amount=1000 card=tok_a",
            r#"{"id":"ch_1","amount":1000,"card":"tok_a","status":"succeeded"} +1000"#,
        ),
        (
            "1 payments.charge 1000 tok_a",
            r#"{"id":"ch_2","amount":1000,"card":"tok_a","status":"succeeded"} +1000"#,
        ),
        (
            "2 payments.charge amount=5 card=tok_b idempotency_key=None",
            r#"{"id":"ch_3","amount":5,"card":"tok_b","status":"succeeded"} +5"#,
        ),
    ]);
    let net: Vec<(String, i64)> = services.payments.net_by_card().into_iter().collect();
    assert_eq!(net, [("tok_a".to_owned(), 2000), ("tok_b".to_owned(), 5)]);
}

// The key is remembered for 86,400 s: at 86,399 the first answer again, at 86,400 a second charge.
#[test]
fn a_key_keeps_its_first_answer_for_24_hours() {
    let first = r#"{"id":"ch_1","amount":1000,"card":"tok_a","status":"succeeded"}"#;
    check(&[
        ("0 payments.charge amount=1000 card=tok_a idempotency_key=k", &format!("{first} +1000")),
        ("1 payments.charge amount=1000 card=tok_a idempotency_key=k", first),
        ("86399.9 payments.charge amount=1000 card=tok_a idempotency_key=k", first),
        (
            "86400 payments.charge amount=1000 card=tok_a idempotency_key=k",
            r#"{"id":"ch_2","amount":1000,"card":"tok_a","status":"succeeded"} +1000"#,
        ),
    ]);
}

#[test]
fn a_key_belongs_to_its_parameters() {
    let conflict = "IdempotencyConflict 409: the idempotency key k was first used with other parameters";
    check(&[
        (
            "0 payments.charge amount=1000 card=tok_a idempotency_key=k",
            r#"{"id":"ch_1","amount":1000,"card":"tok_a","status":"succeeded"} +1000"#,
        ),
        ("1 payments.charge amount=1001 card=tok_a idempotency_key=k", conflict),
        ("1 payments.charge amount=1000 card=tok_b idempotency_key=k", conflict),
        ("1 payments.refund ch_1 idempotency_key=k", conflict),
        // A conflict changes nothing about what the key remembers.
        (
            "2 payments.charge amount=1000 card=tok_a idempotency_key=k",
            r#"{"id":"ch_1","amount":1000,"card":"tok_a","status":"succeeded"}"#,
        ),
    ]);
}

// A decline is kept as well; wrong arguments are not, so that the key can be used once they are right.
#[test]
fn a_key_keeps_declines_but_no_wrong_arguments() {
    let declined = "CardDeclined 402: the card tok_declined was declined";
    let services = check(&[
        ("0 payments.charge amount=10 card=tok_declined idempotency_key=k", declined),
        ("1 payments.charge amount=10 card=tok_declined idempotency_key=k", declined),
        (
            "1 payments.charge amount=10 card=tok_a idempotency_key=k",
            "IdempotencyConflict 409: the idempotency key k was first used with other parameters",
        ),
        (
            "2 payments.charge amount=0 card=tok_a idempotency_key=l",
            "! payments.charge: amount is 0, expected at least 1 cent",
        ),
        (
            "3 payments.charge amount=1 card=tok_a idempotency_key=l",
            r#"{"id":"ch_1","amount":1,"card":"tok_a","status":"succeeded"} +1"#,
        ),
    ]);
    assert_eq!(services.payments.charges.len(), 1);
}

// 1000 = 300 + 700; nothing is left for another cent.
#[test]
fn refunds_go_up_to_what_is_left() {
    let services = check(&[
        (
            "0 payments.charge amount=1000 card=tok_a",
            r#"{"id":"ch_1","amount":1000,"card":"tok_a","status":"succeeded"} +1000"#,
        ),
        ("1 payments.refund ch_1 amount=300", r#"{"id":"re_1","charge":"ch_1","amount":300} -300"#),
        (
            "2 payments.refund ch_1 amount=701",
            "PaymentError 400: a refund of 701 cents is more than the 700 cents that are left of the charge ch_1",
        ),
        (
            "3 payments.refund charge_id=ch_1 idempotency_key=r",
            r#"{"id":"re_2","charge":"ch_1","amount":700} -700"#,
        ),
        ("4 payments.refund ch_1 idempotency_key=r", r#"{"id":"re_2","charge":"ch_1","amount":700}"#),
        ("5 payments.refund ch_1", "PaymentError 400: the charge ch_1 has been refunded already"),
        ("5 payments.refund ch_2", "PaymentError 404: there is no charge ch_2"),
    ]);
    assert_eq!(services.payments.net_by_card().get("tok_a"), Some(&0));
}

#[test]
fn charges_are_found_by_key_id_and_card() {
    let one =
        r#"{"id":"ch_1","amount":9,"card":"tok_a","status":"succeeded","idempotency_key":"k","refunded":4}"#;
    let two =
        r#"{"id":"ch_2","amount":7,"card":"tok_a","status":"succeeded","idempotency_key":null,"refunded":0}"#;
    check(&[
        (
            "0 payments.charge amount=9 card=tok_a idempotency_key=k",
            r#"{"id":"ch_1","amount":9,"card":"tok_a","status":"succeeded"} +9"#,
        ),
        (
            "0 payments.charge amount=7 card=tok_a",
            r#"{"id":"ch_2","amount":7,"card":"tok_a","status":"succeeded"} +7"#,
        ),
        ("0 payments.refund ch_1 4", r#"{"id":"re_1","charge":"ch_1","amount":4} -4"#),
        ("1 payments.find idempotency_key=k", &format!("[{one}]")),
        ("1 payments.find id=ch_2", &format!("[{two}]")),
        ("1 payments.find card=tok_a", &format!("[{one},{two}]")),
        ("1 payments.find card=tok_a id=ch_1", &format!("[{one}]")),
        ("1 payments.find idempotency_key=l", "[]"),
        ("1 payments.find", "! payments.find: expected one of idempotency_key, id and card"),
    ]);
}

// 300 of 1,000: of 2,000 cards about 600, within four standard deviations (82); and never of two minds.
#[test]
fn a_card_is_declined_once_and_for_all() {
    let payments = Payments::new(300, 1);
    let cards = |payments: &Payments| -> Vec<bool> {
        (0..2000).map(|card| payments.declines(&format!("tok_{card}"))).collect()
    };
    let first = cards(&payments);
    let declined = first.iter().filter(|declined| **declined).count();
    assert!((518..=682).contains(&declined), "{declined} of 2,000 cards declined");
    assert_eq!(first, cards(&payments));
    assert_ne!(first, cards(&Payments::new(300, 2)));
    assert!(cards(&Payments::new(1000, 1)).iter().all(|declined| *declined));
    assert!(!cards(&Payments::new(0, 1)).iter().any(|declined| *declined));
}

#[test]
fn wrong_arguments_are_answered_with_a_sentence() {
    check(&[
        (
            "0 payments.charge amount=12.5 card=tok_a",
            "! payments.charge: amount is 12.5, expected a whole number of cents",
        ),
        (
            "0 payments.charge amount=True card=tok_a",
            "! payments.charge: amount is True, expected a whole number of cents",
        ),
        (
            "0 payments.charge amount=-3 card=tok_a",
            "! payments.charge: amount is -3, expected at least 1 cent",
        ),
        (
            "0 payments.charge amount=100000000 card=tok_a",
            "! payments.charge: amount is 100000000, expected at most 99,999,999 cents",
        ),
        ("0 payments.charge card=tok_a", "! payments.charge: amount is missing"),
        ("0 payments.charge amount=1", "! payments.charge: card is missing"),
        ("0 payments.charge amount=1 card=7", "! payments.charge: card is 7, expected a text"),
        (
            "0 payments.charge amount=1 card=\"\"",
            "! payments.charge: card is \"\", expected a text that is not empty",
        ),
        (
            "0 payments.charge amount=1 card=a currency=eur",
            "! payments.charge has no parameter currency; it has amount, card, idempotency_key",
        ),
        ("0 payments.charge 1 a amount=2", "! payments.charge: amount is given twice"),
        ("0 payments.charge 1 a k x", "! payments.charge: 4 arguments given by position, expected at most 3"),
        ("0 queue.publish emails 1 delay=901", "! queue.publish: delay is 901, expected 0 to 900 seconds"),
        ("0 queue.publish emails 1 delay=-1", "! queue.publish: delay is -1, expected 0 to 900 seconds"),
        ("0 queue.publish emails 1 delay=NaN", "! queue.publish: delay is NaN, expected a number of seconds"),
        ("0 queue.ack emails", "! queue.ack: receipt is \"emails\", expected the receipt of a delivery"),
        ("0 queue.extend msg_1#1", "! queue.extend: seconds is missing"),
        ("0 cache.set k 1 ttl=0", "! cache.set: ttl is 0, expected more than 0 seconds"),
        ("0 cache.set k 1 ttl=soon", "! cache.set: ttl is \"soon\", expected a number of seconds"),
        ("0 cache.incr k amount=1.5", "! cache.incr: amount is 1.5, expected a whole number"),
        (
            "0 mail.send to=anna subject=s",
            "! mail.send: to is \"anna\", expected an address such as anna@example.com",
        ),
        ("0 mail.send to=a@b subject=3", "! mail.send: subject is 3, expected a text"),
        ("0 payments.steal", "no such call"),
        ("0 db.execute", "no such call"),
    ]);
}

// 30 s of time-out: the message is gone at 29.9 and back at 30, with a count one higher.
#[test]
fn an_unacknowledged_message_comes_again() {
    check(&[
        ("0 serve emails 30 5", "ok"),
        ("0 next emails", "never"),
        ("0 queue.publish emails hello", r#""msg_1""#),
        ("0 next emails", "now"),
        ("10 receive emails", r#"msg_1#1 "hello""#),
        ("39.9 receive emails", "none"),
        ("39.9 next emails", "at 40"),
        ("39.9 due", "40"),
        ("40 next emails", "now"),
        ("40 receive emails", r#"msg_1#2 "hello""#),
        ("41 queue.ack msg_1#2", "null"),
        ("99 next emails", "never"),
        ("99 due", "none"),
        ("99 waiting emails", "0"),
    ]);
}

// The newest receipt deletes even after its time-out; an older one succeeds and deletes nothing.
#[test]
fn only_the_newest_receipt_deletes() {
    check(&[
        ("0 queue.publish emails hello", r#""msg_1""#),
        ("0 receive emails", r#"msg_1#1 "hello""#),
        ("30 receive emails", r#"msg_1#2 "hello""#),
        ("31 queue.ack msg_1#1", "null"),
        ("31 waiting emails", "1"),
        ("65 queue.ack msg_1#2", "null"),
        ("65 waiting emails", "0"),
        ("66 queue.ack msg_1#2", "null"),
        ("66 queue.ack msg_9#1", "null"),
    ]);
}

#[test]
fn extending_counts_from_now_and_only_in_flight() {
    let gone =
        "QueueError 400: the delivery msg_1#1 is not in flight any more: its visibility time-out has passed";
    check(&[
        ("0 queue.publish emails hello", r#""msg_1""#),
        ("0 receive emails", r#"msg_1#1 "hello""#),
        ("20 queue.extend msg_1#1 60", "null"),
        ("79 receive emails", "none"),
        ("80 queue.extend msg_1#1 60", gone),
        ("80 receive emails", r#"msg_1#2 "hello""#),
        ("81 queue.extend msg_1#1 60", gone),
        ("81 queue.extend msg_1#2 0", "null"),
        ("81 receive emails", r#"msg_1#3 "hello""#),
    ]);
}

// Two deliveries allowed, 10 s each: at 20 s it is dead, not delivered a third time.
#[test]
fn a_message_that_is_never_acknowledged_becomes_a_dead_letter() {
    check(&[
        ("0 serve emails 10 2", "ok"),
        ("0 queue.publish emails poison", r#""msg_1""#),
        ("0 receive emails", r#"msg_1#1 "poison""#),
        ("10 receive emails", r#"msg_1#2 "poison""#),
        ("10 next emails", "never"),
        ("19 due", "20"),
        ("19 settle", "ok"),
        ("19 dead emails", ""),
        ("20 settle", "ok"),
        ("20 dead emails", "msg_1#2"),
        ("20 due", "none"),
        ("20 waiting emails", "0"),
        // Too late: a dead letter is out of reach of the receipt.
        ("21 queue.ack msg_1#2", "null"),
        ("21 dead emails", "msg_1#2"),
    ]);
}

// Order of visibility, then of ids: 2 (at 0), 3 (at 0), then 1, which was delayed to 5.
#[test]
fn messages_come_in_order_of_visibility_then_id() {
    check(&[
        ("0 queue.publish emails late delay=5", r#""msg_1""#),
        ("0 queue.publish emails b", r#""msg_2""#),
        ("0 queue.publish emails c", r#""msg_3""#),
        ("0 queue.publish other d", r#""msg_4""#),
        ("0 receive emails", r#"msg_2#1 "b""#),
        ("0 receive emails", r#"msg_3#1 "c""#),
        ("4 receive emails", "none"),
        ("4 next emails", "at 5"),
        ("5 receive emails", r#"msg_1#1 "late""#),
        ("5 receive other", r#"msg_4#1 "d""#),
        // Nobody serves these topics, so nothing is due.
        ("5 due", "none"),
        ("5 receive nobody", "none"),
    ]);
    check(&[(
        "0 serve emails 50000 5",
        "! the worker of emails: visibility_timeout is more than 43200 seconds",
    )]);
}

#[test]
fn cache_entries_live_until_their_time_is_over() {
    check(&[
        ("0 cache.get k", "null"),
        ("0 cache.set k v ttl=10", "null"),
        ("9.9 cache.get k", r#""v""#),
        ("10 cache.get k", "null"),
        ("10 cache.delete k", "false"),
        ("11 cache.set k v ttl=0.5", "null"),
        ("11.4 cache.get k", r#""v""#),
        ("11.5 cache.get k", "null"),
        // Set without a time to live takes the old one away.
        ("12 cache.set k v ttl=1", "null"),
        ("12 cache.set k w", "null"),
        ("999 cache.get k", r#""w""#),
        ("999 cache.delete k", "true"),
        ("999 cache.get k", "null"),
    ]);
}

// The lock idiom: one winner until the entry is deleted or its time is over.
#[test]
fn add_has_one_winner() {
    check(&[
        ("0 cache.add lock A ttl=30", "true"),
        ("1 cache.add lock B ttl=30", "false"),
        ("2 cache.get lock", r#""A""#),
        ("30 cache.add lock B ttl=30", "true"),
        ("31 cache.delete lock", "true"),
        ("31 cache.add lock C", "true"),
    ]);
}

// The window starts with the first count: 60 s later the next one begins at 1.
#[test]
fn counting_up_keeps_the_time_to_live_of_the_first_count() {
    check(&[
        ("0 cache.incr hits ttl=60", "1"),
        ("30 cache.incr hits ttl=60", "2"),
        ("59.9 cache.incr hits 3", "5"),
        ("60 cache.incr hits ttl=60", "1"),
        ("61 cache.incr hits -4", "-3"),
        ("62 cache.set word w", "null"),
        (
            "62 cache.incr word",
            "! cache.incr: the value of word is no whole number, so it cannot be counted up",
        ),
        ("62 cache.set big 9223372036854775807", "null"),
        ("62 cache.incr big", "! cache.incr: the value of big would not fit 64 bits"),
        ("62 cache.get big", "9223372036854775807"),
    ]);
}

#[test]
fn every_letter_is_kept_twice_when_sent_twice() {
    let services = check(&[
        ("0 mail.send to=anna@example.com subject=Hi body=x", "null"),
        ("1 mail.send to=anna@example.com subject=Hi body=x", "null"),
    ]);
    assert_eq!(services.mail.letters.len(), 2);
}

// A second later everything that has a time has a second less; nothing else differs.
#[test]
fn canonical_states_hold_remaining_times() {
    check(&[
        (
            "0 payments.charge amount=1 card=c idempotency_key=k",
            r#"{"id":"ch_1","amount":1,"card":"c","status":"succeeded"} +1"#,
        ),
        (
            "86399 canonical payments",
            r#"{"charges":[{"id":"ch_1","amount":1,"card":"c","status":"succeeded","idempotency_key":"k","refunded":0}],"refunds":0,"keys":{"k":{"parameters":{"call":"payments.charge","amount":1,"card":"c"},"result":{"id":"ch_1","amount":1,"card":"c","status":"succeeded"},"remaining":1000000}}}"#,
        ),
        (
            "86400 canonical payments",
            r#"{"charges":[{"id":"ch_1","amount":1,"card":"c","status":"succeeded","idempotency_key":"k","refunded":0}],"refunds":0,"keys":{}}"#,
        ),
        ("0 cache.set k v ttl=3", "null"),
        ("0 cache.set l w", "null"),
        (
            "1 canonical cache",
            r#"{"k":{"value":"v","remaining":2000000},"l":{"value":"w","remaining":null}}"#,
        ),
        ("3 canonical cache", r#"{"l":{"value":"w","remaining":null}}"#),
        ("0 queue.publish t b", r#""msg_1""#),
        ("0 receive t", r#"msg_1#1 "b""#),
        (
            "1 canonical queue",
            r#"{"published":1,"topics":{"t":{"waiting":[{"id":1,"body":"b","receive_count":1,"remaining":29000000}],"dead":[],"visibility_timeout":30000000,"max_receives":5,"is_served":false}}}"#,
        ),
        ("0 mail.send to=a@b subject=s body=x", "null"),
        ("1 canonical mail", r#"[{"to":"a@b","subject":"s","body":"x"}]"#),
    ]);
}

// Two branches of one state go on apart, and equal histories give equal states.
#[test]
fn a_clone_goes_its_own_way() {
    let script = [("0 cache.incr n", "1"), ("0 queue.publish t b", r#""msg_1""#)];
    let (one, two) = (check(&script), check(&script));
    assert_eq!(one, two);
    let mut branch = one.clone();
    play(&mut branch, &mut Stream::new(7, Purpose::RoundTrips, 0), "1 cache.incr n");
    assert_ne!(branch, one);
    assert_eq!(one, two);
}

#[test]
fn a_full_service_says_so_and_keeps_what_it_has() {
    let (mut services, mut draws) = (Services::new(0, 7), Stream::new(7, Purpose::RoundTrips, 0));
    let letters = "x".repeat(limits::ITEM_BYTES - 100);
    let fits = limits::BYTES_PER_SERVICE / letters.len();
    for _ in 0..fits {
        assert_eq!(play(&mut services, &mut draws, &format!("0 mail.send a@b s {letters}")), "null");
        assert_eq!(play(&mut services, &mut draws, &format!("0 cache.set k {letters}")), "null");
    }
    let refused = play(&mut services, &mut draws, &format!("0 mail.send a@b s {letters}{letters}"));
    assert_eq!(refused, "! mail.send: this is about 524092 bytes as JSON, expected at most 262144");
    let full = "! mail.send: the service is full: it keeps 200000 items and 33554432 bytes in one run";
    assert_eq!(play(&mut services, &mut draws, &format!("0 mail.send a@b s {letters}")), full);
    assert_eq!(services.mail.letters.len(), fits);
    // Replacing an entry gives its room back; one that is too large leaves the old one.
    let refused = play(&mut services, &mut draws, &format!("0 cache.set k {letters}{letters}"));
    assert!(refused.starts_with("! cache.set: this is about "), "{refused}");
    assert_eq!(
        services.cache.value("k", SimInstant::START).unwrap().as_text().map(str::len),
        Some(letters.len())
    );
}

// Wrong arguments draw nothing, every other call draws once: what one call gave shifts no later latency.
#[test]
fn a_call_draws_once_whatever_comes_of_it() {
    let drawn = |line: &str| {
        let (mut services, mut draws) = (Services::new(0, 7), Stream::new(7, Purpose::RoundTrips, 0));
        play(&mut services, &mut draws, "0 payments.charge 5 tok_a idempotency_key=k");
        play(&mut services, &mut draws, line);
        draws.below(u64::MAX)
    };
    let after_one_draw = drawn("0 cache.get k");
    for line in [
        "0 payments.charge 5 tok_a idempotency_key=k",
        "0 payments.charge 6 tok_a idempotency_key=k",
        "0 payments.charge 5 tok_declined",
        "0 payments.refund ch_9",
        "0 payments.find card=x",
        "0 queue.publish t b",
        "0 queue.extend msg_9#1 5",
        "0 queue.ack msg_9#1",
        "0 mail.send a@b s b",
    ] {
        assert_eq!(drawn(line), after_one_draw, "{line}");
    }
    assert_ne!(drawn("0 cache.get"), after_one_draw);
}

// Of 20,000 charges half take less than 120 ms, 1 in 100 more than 2.5 s, none more than 3 s.
#[test]
fn payments_have_a_tail_of_seconds() {
    let mut draws = Stream::new(3, Purpose::RoundTrips, 0);
    let mut millis: Vec<u64> = (0..20_000).map(|_| latency::payment(&mut draws).micros() / 1000).collect();
    millis.sort_unstable();
    let [median, p99, most] = [10_000, 19_800, 19_999].map(|rank| millis[rank]);
    assert!(
        (115..=125).contains(&median) && (2_450..=2_700).contains(&p99) && most < 3_000,
        "{median} {p99} {most}"
    );
    for call in ["payments.charge", "mail.send"] {
        assert!(latency::round_trip(call, &mut draws) >= SimDuration::from_micros(14_000));
    }
    assert!(latency::round_trip("cache.get", &mut draws) <= SimDuration::from_micros(1_100));
}
