//! Damaged statements: whatever is written, the answer is an answer and never a panic.
//!
//! Statements of `faithful.txt` are cut, doubled and mixed by a seeded generator; equal seeds give equal texts.

mod shop;

use shop::Shop;
use unhappy_db::Answer;

/// The next 64 random bits (SplitMix64, Steele et al. 2014).
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) as usize
}

fn damaged(words: &[&str], others: &[&str], state: &mut u64) -> String {
    let mut words = words.to_vec();
    for _ in 0..1 + next(state) % 3 {
        let at = next(state) % words.len();
        match next(state) % 4 {
            0 => {
                words.remove(at);
            }
            1 => words.insert(at, others[next(state) % others.len()]),
            2 => words[at] = others[next(state) % others.len()],
            _ => {
                let other = next(state) % words.len();
                words.swap(at, other);
            }
        }
        if words.is_empty() {
            return String::new();
        }
    }
    words.join(" ")
}

#[test]
fn damaged_statements_are_answered() {
    let statements: Vec<&str> = include_str!("faithful.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with([' ', '#']))
        .collect();
    let parts: Vec<&str> = statements.iter().flat_map(|sql| sql.split(' ')).collect();
    let mut shop = Shop::open();
    let base = shop.state.clone();
    let (mut random, mut refused, mut count) = (1, 0, 0);
    for _ in 0..10 {
        for sql in &statements {
            let words: Vec<&str> = sql.split(' ').collect();
            shop.state = base.clone();
            let answer = shop.answer(1, &damaged(&words, &parts, &mut random), &[]);
            refused += usize::from(matches!(answer, Answer::Refused(_)));
            count += 1;
        }
    }
    assert!(refused > count / 2 && refused < count, "{refused} of {count} were refused");
}

// A megabyte of brackets, of operators, of words; each would end the stack of a reader that follows it.
#[test]
fn deep_and_long_statements_are_refused() {
    let mut shop = Shop::open();
    for (sql, sqlstate) in [
        (format!("SELECT {}1{}", "(".repeat(300_000), ")".repeat(300_000)), "54001"),
        (format!("SELECT 1{}", " + 1".repeat(200_000)), "54001"),
        (format!("SELECT {}1", "- ".repeat(200_000)), "54001"),
        (format!("SELECT {}true", "NOT ".repeat(200_000)), "54001"),
        (format!("SELECT 1{}", " UNION SELECT 1".repeat(60_000)), "54001"),
        (format!("SELECT 1{}", "::int".repeat(100_000)), "54001"),
        (format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(20_000), " END".repeat(20_000)), "54001"),
        (format!("SELECT {}1{}", "(SELECT ".repeat(50_000), ")".repeat(50_000)), "54001"),
        (format!("SELECT '{}'", "x".repeat(10_000_000)), "54000"),
    ] {
        let error = shop.refused(1, &sql);
        assert_eq!(error.sqlstate, sqlstate, "{} …: {}", &sql[..20], error.message);
    }
}
