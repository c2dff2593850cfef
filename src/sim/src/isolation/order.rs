//! Every interleaving of the sessions' steps, in isolationtester's order.
//!
//! In: each session's steps. Out: all orders that keep every session's own order; the session declared first
//! is tried first.

/// Returns the interleavings, at most `limit` of them.
pub fn interleavings(piles: &[Vec<usize>], limit: usize) -> Vec<Vec<usize>> {
    let mut search = Search { piles, limit, taken: vec![0; piles.len()], order: vec![], found: vec![] };
    search.go_on();
    search.found
}

struct Search<'a> {
    piles: &'a [Vec<usize>],
    limit: usize,
    taken: Vec<usize>,
    order: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn go_on(&mut self) {
        if self.found.len() >= self.limit {
            return;
        }
        let mut complete = true;
        for (session, pile) in self.piles.iter().enumerate() {
            let Some(step) = pile.get(self.taken[session]) else { continue };
            complete = false;
            self.taken[session] += 1;
            self.order.push(*step);
            self.go_on();
            self.order.pop();
            self.taken[session] -= 1;
        }
        if complete {
            self.found.push(self.order.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Two sessions of two steps: 4! / (2! 2!) = 6 orders, the first session first.
    #[test]
    fn two_sessions_of_two_steps_have_six_orders() {
        let orders = interleavings(&[vec![0, 1], vec![2, 3]], 500);
        let wanted = [[0, 1, 2, 3], [0, 2, 1, 3], [0, 2, 3, 1], [2, 0, 1, 3], [2, 0, 3, 1], [2, 3, 0, 1]];
        assert_eq!(orders, wanted);
    }

    // 9! / (3! 3! 3!) = 1,680 orders; the search stops at the limit.
    #[test]
    fn the_limit_cuts_the_search() {
        let piles = [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8]];
        assert_eq!(interleavings(&piles, 5_000).len(), 1_680);
        assert_eq!(interleavings(&piles, 500), interleavings(&piles, 5_000)[..500]);
    }
}
