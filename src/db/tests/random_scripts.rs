//! Random scripts of several sessions on a few rows.
//!
//! Every script must keep what the levels promise, end without a lock, and give the same answers twice. The
//! number of scripts comes from UNHAPPY_SCRIPTS (default 1,500; the long run is 100,000). What they reached is
//! counted, with a least number for each, so that a script that never waits cannot pass for a test. Leaving out
//! a rule must make them fail.

mod play;
mod random;

use random::{Counts, Script};
use unhappy_db::rules::{Rule, leave_out};

fn scripts() -> u64 {
    std::env::var("UNHAPPY_SCRIPTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1_500)
}

#[test]
fn random_scripts_keep_every_promise() {
    let mut counts = Counts::default();
    let mut seen = random::Digests::default();
    for seed in 0..scripts() {
        let script = Script::random(seed);
        if let Err(broken) = random::check(&script, &mut counts, &mut seen) {
            panic!("seed {seed}: {broken}\n{script}");
        }
    }
    println!("{counts}");
    for (what, count) in counts.all() {
        assert!(count >= scripts() / 100, "only {count} {what} in {} scripts", scripts());
    }
}

#[test]
fn leaving_out_a_rule_is_noticed() {
    for rule in Rule::ALL {
        leave_out(Some(rule));
        let mut seen = random::Digests::default();
        let found = (0..scripts().max(3_000)).find_map(|seed| {
            let broken = random::check(&Script::random(seed), &mut Counts::default(), &mut seen).err()?;
            Some((seed, broken))
        });
        leave_out(None);
        let Some((seed, broken)) = found else { panic!("nobody notices that {rule:?} is left out") };
        println!("{rule:?}: seed {seed}: {}", broken.lines().next().unwrap_or_default());
    }
}
