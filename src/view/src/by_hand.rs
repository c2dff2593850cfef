//! "You are the scheduler": what a person who makes the moves by hand sees and can press.
//!
//! In: the moves so far and those taken back, what can come next, the evidence of the run so far. Out: a sentence and
//! HTML. Every control is a link to a place in a schedule: `data-play`, here or on an element around it, holds the
//! schedule (without one it is what stands in the text field), `data-at` how many of its moves are made, `data-key` the
//! key that presses it. So the page follows links and knows no rule, and undo, redo and
//! "what if" are the same thing. `data-copy` is copied. Not here: which moves are possible (`sim`).

use crate::Evidence;
use crate::html::push_filled;
use crate::schedule::words;
use serde::{Deserialize, Serialize};
use unhappy_lesson::Lesson;
use unhappy_trace::text::counted;
use unhappy_trace::{Move, Offer, Schedule, Then};

/// A place beyond the end of any schedule: all of its moves.
const AT_ITS_END: &str = "4294967295";
/// The most moves that are listed one by one.
const MOST_MOVES: usize = 200;

/// A run that is scheduled by hand.
#[derive(Debug, Clone, Copy)]
pub struct ByHand<'a> {
    /// The lesson.
    pub lesson: &'a Lesson,
    /// The moves that were made, and after them those that were taken back.
    pub line: &'a [Move],
    /// How many of them are made.
    pub at: usize,
    /// What can come next.
    pub offers: &'a [Offer],
    /// What the run shows so far.
    pub evidence: &'a Evidence,
    /// Why a schedule was not taken, in a sentence, and its text.
    pub refused: Option<(&'a str, &'a str)>,
    /// How many steps the smallest schedule needs that breaks a promise, when that is known.
    pub smallest: Option<u32>,
    /// The link to the run so far; none when the code is too large for one.
    pub link: Option<&'a str>,
}

/// What the page shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ByHandShown {
    /// Where it stands, in a sentence or two.
    pub said: String,
    /// Whether a promise is broken.
    pub is_broken: bool,
    /// Everything that can be pressed, as HTML.
    pub html: String,
}

impl ByHand<'_> {
    /// Computes what the page shows.
    pub fn shown(&self) -> ByHandShown {
        let mut html = String::new();
        self.push_goal(&mut html);
        self.push_offers(&mut html);
        self.push_controls(&mut html);
        self.push_line(&mut html);
        self.push_text(&mut html);
        ByHandShown { said: self.said(), is_broken: self.broken().next().is_some(), html }
    }

    fn broken(&self) -> impl Iterator<Item = &str> {
        let lines = self.evidence.tally.promises.iter();
        lines.filter(|line| line.broke.is_some()).map(|line| line.sentence.as_str())
    }

    fn said(&self) -> String {
        let made = counted(self.at as u64, "move", "moves");
        let broken: Vec<&str> = self.broken().collect();
        if let Some((sentence, _)) = self.refused {
            return sentence.to_owned();
        }
        if !broken.is_empty() {
            let smallest = self.smallest.map(|steps| {
                let steps = counted(u64::from(steps), "step", "steps");
                format!(" The smallest schedule that breaks a promise needs {steps}.")
            });
            return format!("Broken after {made}: “{}”{}", broken.join("” “"), smallest.unwrap_or_default());
        }
        let can: Vec<String> = self.possible().map(|offer| offer.step.to_string()).collect();
        match (can.is_empty(), self.at) {
            (true, _) => format!(
                "At rest after {made}: every promise was kept. Take moves back, or start again, and try another order."
            ),
            (false, 0) => format!("Nobody has moved yet. Choose who moves first: {}.", can.join(" or ")),
            (false, _) => {
                let waits = self.offers.iter().filter(|offer| !offer.is_possible());
                let waits: String = waits.map(|offer| format!(" {} waits.", offer.step)).collect();
                format!("{made} made, no promise broken yet. Next: {}.{waits}", can.join(" or "))
            }
        }
    }

    /// Steps and timer, without faults.
    fn possible(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(|offer| offer.is_possible() && !matches!(offer.step, Move::Fault(_)))
    }

    fn push_goal(&self, out: &mut String) {
        let title =
            if self.lesson.promises.len() == 1 { "Break the promise:" } else { "Break one of the promises:" };
        push_filled(out, "<div class=\"goal\"><b>{}</b><ul>", &[title]);
        for promise in &self.lesson.promises {
            let is_broken = self.broken().any(|sentence| sentence == promise.sentence);
            let template = if is_broken { "<li class=\"bad\">✗ {}</li>" } else { "<li>{}</li>" };
            push_filled(out, template, &[&promise.sentence]);
        }
        out.push_str("</ul></div>");
    }

    fn push_offers(&self, out: &mut String) {
        out.push_str("<div class=\"moves\" role=\"group\" aria-label=\"Possible moves\">");
        let mut keys = Keys::default();
        for offer in self.offers {
            match &offer.blocked {
                Some(reason) => push_blocked(out, offer, reason),
                None => self.push_offer(out, offer, keys.next_for(&offer.step)),
            }
        }
        out.push_str("</div>");
    }

    fn push_offer(&self, out: &mut String, offer: &Offer, key: Option<char>) {
        // The move that was taken back keeps what came after it.
        let is_redo = self.line.get(self.at) == Some(&offer.step);
        let line = if is_redo {
            self.line.to_vec()
        } else {
            [self.made(), std::slice::from_ref(&offer.step)].concat()
        };
        let key = key.map(String::from).unwrap_or_default();
        push_filled(
            out,
            "<button type=\"button\" class=\"btn {}\" data-play=\"{}\" data-at=\"{}\" data-key=\"{}\">",
            &[tint(&offer.step), &text_of(&line), &(self.at + 1).to_string(), &key],
        );
        let template = if key.is_empty() { "<kbd hidden>{}</kbd>" } else { "<kbd>{}</kbd>" };
        push_filled(out, template, &[&key]);
        push_words(out, offer);
        out.push_str("</span></button>");
    }

    fn made(&self) -> &[Move] {
        &self.line[..self.at.min(self.line.len())]
    }

    fn push_controls(&self, out: &mut String) {
        out.push_str("<div class=\"actions\">");
        let line = text_of(self.line);
        let back = self.at.checked_sub(1).map(|at| (line.as_str(), at.to_string()));
        push_control(out, "Undo", "undo", "Ctrl Z", back);
        let ahead = (self.at < self.line.len()).then(|| (line.as_str(), (self.at + 1).to_string()));
        push_control(out, "Redo", "redo", "Ctrl ⇧ Z", ahead);
        let again = (!self.line.is_empty()).then(|| ("", "0".to_owned()));
        push_control(out, "Start again", "", "", again);
        let to_its_end = Schedule { moves: self.made().to_vec(), then: Then::Finish }.to_string();
        let rest = self.possible().next().map(|_| (to_its_end.as_str(), AT_ITS_END.to_owned()));
        push_control(out, "Run to the end", "0", "0", rest);
        if let Some(link) = self.link {
            push_filled(
                out,
                "<button type=\"button\" class=\"btn quiet\" data-copy=\"{}\">Copy link</button>",
                &[link],
            );
        }
        out.push_str("</div>");
    }

    /// The moves so far, each a way back to before the next one.
    fn push_line(&self, out: &mut String) {
        if self.line.is_empty() {
            return;
        }
        let line = text_of(self.line);
        push_filled(out, "<ol class=\"line\" aria-label=\"Moves\" data-play=\"{}\">", &[&line]);
        for (index, step) in self.line.iter().enumerate().take(MOST_MOVES) {
            let (at, name) = ((index + 1).to_string(), step.to_string());
            let ahead = if index < self.at { "" } else { "ahead" };
            push_filled(
                out,
                "<li><button type=\"button\" class=\"{} {}\" data-at=\"{}\" aria-label=\"Go to move {}: {}{}\"",
                &[tint(step), ahead, &at, &at, &name, if ahead.is_empty() { "" } else { ", taken back" }],
            );
            out.push_str(if index + 1 == self.at { " aria-current=\"step\">" } else { ">" });
            push_filled(out, "{}</button></li>", &[&name]);
        }
        out.push_str("</ol>");
    }

    /// The schedule as text: to read, copy, change and paste.
    fn push_text(&self, out: &mut String) {
        let made = text_of(self.made());
        let shown = self.refused.map_or(made.as_str(), |(_, given)| given);
        push_filled(
            out,
            "<div class=\"text\"><label>Schedule<textarea rows=\"2\" spellcheck=\"false\" autocapitalize=\"off\" \
             autocomplete=\"off\">{}</textarea></label><span class=\"actions\">\
             <button type=\"button\" class=\"btn\" data-at=\"{}\">Apply</button>\
             <button type=\"button\" class=\"btn quiet\" data-copy=\"{}\">Copy schedule</button></span></div>",
            &[shown, AT_ITS_END, &made],
        );
    }
}

/// Who may not move, greyed, with the reason.
fn push_blocked(out: &mut String, offer: &Offer, reason: &str) {
    push_filled(
        out,
        "<button type=\"button\" class=\"btn {}\" aria-disabled=\"true\"><kbd aria-hidden=\"true\">–</kbd>",
        &[tint(&offer.step)],
    );
    push_words(out, offer);
    push_filled(out, "<small>{}</small></span></button>", &[reason]);
}

/// The actor and what it does; the caller closes the span.
fn push_words(out: &mut String, offer: &Offer) {
    let (who, what) = match &offer.step {
        Move::Fault(fault) => {
            let (actor, words) = words::fault(&fault.to_string());
            (format!("✗ {actor}"), words)
        }
        step => (step.to_string(), words::statement(&offer.label, &offer.values)),
    };
    push_filled(out, "<span><b>{}</b> {}", &[&who, &what]);
}

fn push_control(out: &mut String, label: &str, key: &str, shown: &str, to: Option<(&str, String)>) {
    match to {
        Some((line, at)) => push_filled(
            out,
            "<button type=\"button\" class=\"btn quiet\" data-play=\"{}\" data-at=\"{}\" data-key=\"{}\">{}",
            &[line, &at, key, label],
        ),
        None => push_filled(
            out,
            "<button type=\"button\" class=\"btn quiet\" aria-disabled=\"true\">{}",
            &[label],
        ),
    }
    let template = if shown.is_empty() { "{}</button>" } else { " <kbd>{}</kbd></button>" };
    push_filled(out, template, &[shown]);
}

fn text_of(moves: &[Move]) -> String {
    Schedule { moves: moves.to_vec(), then: Then::Stop }.to_string()
}

/// The class of an actor's colour: A and B have one of their own.
pub(crate) fn tint(step: &Move) -> &'static str {
    let Move::Step(name) = step else { return "o" };
    let letters = name.find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(name.len());
    match &name[..letters] {
        "A" => "a",
        "B" => "b",
        _ => "o",
    }
}

/// Which key presses which move: an operation's own letter for its first actor, `t` for the timer, then digits.
#[derive(Default)]
struct Keys {
    letters: Vec<char>,
    digits: u8,
}

impl Keys {
    fn next_for(&mut self, step: &Move) -> Option<char> {
        let letter = match step {
            Move::Timer => Some('t'),
            Move::Step(name) => single_letter(name),
            Move::Fault(_) => None,
        };
        if let Some(letter) = letter.filter(|letter| !self.letters.contains(letter)) {
            self.letters.push(letter);
            return Some(letter);
        }
        self.digits += 1;
        (self.digits <= 9).then(|| char::from(b'0' + self.digits))
    }
}

/// `a` for `A`, `A2` and `A.client`; none for `AA` and what is no operation.
fn single_letter(name: &str) -> Option<char> {
    let mut letters = name.chars();
    let first = letters.next().filter(char::is_ascii_uppercase)?;
    letters.next().is_none_or(|next| !next.is_ascii_uppercase()).then(|| first.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Writer};

    fn moves(text: &str) -> Vec<Move> {
        text.parse::<Schedule>().expect("the schedule reads").moves
    }

    fn offer(step: &str, label: &str, blocked: Option<&str>) -> Offer {
        let step = step.parse().expect("a move");
        Offer { step, label: label.into(), values: String::new(), blocked: blocked.map(str::to_owned) }
    }

    fn shown(line: &str, at: usize, offers: &[Offer], broken: bool, smallest: Option<u32>) -> ByHandShown {
        let mut writer = Writer::new();
        writer.request("A", "POST", "/orders");
        if broken {
            writer.sql("A", 5, "INSERT INTO orders DEFAULT VALUES", "", "[]", 1);
            writer.broke("never_oversold", "item 1");
        }
        let lesson = testing::shop();
        let evidence = Evidence::of(&writer.recorder.finish(), &lesson, &testing::inputs(1, 1));
        let by_hand = ByHand {
            lesson: &lesson,
            line: &moves(line),
            at,
            offers,
            evidence: &evidence,
            refused: None,
            smallest,
            link: Some("#v1.abc"),
        };
        by_hand.shown()
    }

    #[test]
    fn the_sentence_says_where_it_stands() {
        let both = [offer("A", "x", None), offer("B", "y", None)];
        let one = [offer("A", "x", None), offer("B", "y", Some("waits for accounts (id)=(1), held by A"))];
        for (line, at, offers, broken, smallest, said) in [
            ("", 0, &both[..], false, None, "Nobody has moved yet. Choose who moves first: A or B."),
            ("A B", 2, &one[..], false, None, "2 moves made, no promise broken yet. Next: A. B waits."),
            (
                "A",
                1,
                &[][..],
                false,
                None,
                "At rest after 1 move: every promise was kept. Take moves back, or start again, and try another order.",
            ),
            (
                "A",
                1,
                &both[..],
                true,
                Some(5),
                "Broken after 1 move: “Never more orders than items.” The smallest schedule that breaks a promise needs 5 \
                 steps.",
            ),
        ] {
            let found = shown(line, at, offers, broken, smallest);
            assert_eq!((found.said.as_str(), found.is_broken), (said, broken));
        }
    }

    #[test]
    fn every_control_leads_to_a_place_in_a_schedule() {
        let offers = [
            offer("A", "SELECT '<b>'", None),
            offer("A.client", "goes on", None),
            offer("B", "UPDATE t", Some("waits for accounts (id)=(1), held by A")),
            offer("timer", "time goes by", None),
            offer("A.response!lost", "", None),
        ];
        let html = shown("A B A", 1, &offers, false, None).html;
        for part in [
            // A new move drops what was taken back; its key is the operation's letter.
            "data-play=\"A*2\" data-at=\"2\" data-key=\"a\"><kbd>a</kbd><span><b>A</b> SELECT &#39;&lt;b&gt;&#39;</span>",
            "data-play=\"A A.client\" data-at=\"2\" data-key=\"1\"",
            "data-play=\"A timer\" data-at=\"2\" data-key=\"t\"",
            "data-play=\"A A.response!lost\" data-at=\"2\" data-key=\"2\"><kbd>2</kbd><span><b>✗ A</b> response lost</span>",
            "class=\"btn b\" aria-disabled=\"true\"",
            "<small>waits for accounts (id)=(1), held by A</small>",
            "data-play=\"A B A\" data-at=\"0\" data-key=\"undo\">Undo",
            "data-play=\"A B A\" data-at=\"2\" data-key=\"redo\">Redo",
            "data-play=\"A ...\" data-at=\"4294967295\" data-key=\"0\">Run to the end",
            "aria-label=\"Go to move 2: B, taken back\"",
            "aria-label=\"Go to move 1: A\" aria-current=\"step\">A<",
            "data-copy=\"#v1.abc\"",
            "<textarea rows=\"2\" spellcheck=\"false\" autocapitalize=\"off\" autocomplete=\"off\">A</textarea>",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        // The move that was taken back is redone with everything after it.
        let redo = shown("A B A", 1, &[offer("B", "x", None)], false, None).html;
        assert!(redo.contains("data-play=\"A B A\" data-at=\"2\" data-key=\"b\""), "{redo}");
        let start = shown("", 0, &offers, false, None).html;
        assert!(start.contains("aria-disabled=\"true\">Undo"), "{start}");
    }
}
