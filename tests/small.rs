//! Small lessons that tests make up: a handler, a schema, promises; the shop with one item that most of them use.

use crate::lesson;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_explore::{Options, Search, Worlds};
use unhappy_lesson::{Bound, Check, Holds, Lesson, Promise};
use unhappy_sim::{Finished, Machine, Run, Status, Work, World};
use unhappy_trace::{Choices, Cost, Explored, Fault, Inputs, Move, Report, Schedule, Trace};

/// One item, one piece of it, no orders.
pub const SHOP: &str = "CREATE TABLE items (id int PRIMARY KEY, stock int NOT NULL);
CREATE TABLE orders (id serial PRIMARY KEY, item_id int NOT NULL);
INSERT INTO items VALUES (1, 1);";

/// Sells what two can read at once.
pub const READ_CHECK_WRITE: &str = r#"
from backend import app, db, HTTPError

@app.post("/orders")
async def create_order(request):
    stock = await db.fetch_value("SELECT stock FROM items WHERE id = 1")
    if stock < 1:
        raise HTTPError(409, "sold out")
    await db.execute("UPDATE items SET stock = :n WHERE id = 1", n=stock - 1)
    await db.execute("INSERT INTO orders (item_id) VALUES (1)")
    return {"ok": True}
"#;

/// A client that tries three times.
pub const BUYER: &str = r#"
from backend import app, http, Timeout, ConnectionLost

@app.client
async def buy(user):
    for attempt in range(3):
        try:
            answer = await http.post("/orders", json={"buyer": user.id}, timeout=2)
            return {"status": answer.status}
        except (Timeout, ConnectionLost) as problem:
            last = type(problem).__name__
    return {"gave up": last}
"#;

/// Orders without a look.
pub const INSERT: &str = r#"
from backend import app, db

@app.post("/orders")
async def create_order(request):
    await db.execute("INSERT INTO orders (item_id) VALUES (1)")
    return {"ok": True}
"#;

/// No second order.
pub fn oversold() -> Promise {
    let sql = "SELECT count(*) FROM orders HAVING count(*) > 1".to_owned();
    promise("never_oversold", Holds::Always, Check::NoRow { sql })
}

/// A small lesson: these files, this schema, these promises.
pub struct Small {
    /// Runs it.
    pub machine: Rc<Machine>,
    /// The lesson.
    pub lesson: Rc<Lesson>,
}

/// A promise by its key.
pub fn promise(key: &str, holds: Holds, check: Check) -> Promise {
    Promise { key: key.into(), sentence: format!("{key}."), holds, check }
}

impl Small {
    /// Makes one.
    ///
    /// # Panics
    /// When the lessons of the course cannot be read.
    pub fn new(server: &str, client: Option<&str>, schema: &str, promises: Vec<Promise>) -> Small {
        let mut lesson = Lesson::clone(&lesson("n-plus-one"));
        lesson.tables = vec![];
        lesson.settings = vec![];
        lesson.variants = vec![];
        lesson.files.truncate(1);
        lesson.files[0].text = server.to_owned();
        let file = |name: &str, text: &str| unhappy_lesson::File {
            name: name.into(),
            text: text.into(),
            editable: true,
        };
        lesson.files.push(file("schema.sql", schema));
        lesson.files.extend(client.map(|text| file("client.py", text)));
        lesson.traffic.method = "POST".into();
        lesson.promises = promises;
        let setting = |key: &str| {
            let found = unhappy_lesson::world_setting(key).expect("a world's setting");
            unhappy_lesson::Setting {
                key: key.into(),
                label: key.into(),
                default: found.default,
                min: found.min,
                max: found.max,
            }
        };
        lesson.settings = unhappy_lesson::WORLD_SETTINGS.iter().map(|known| setting(known.key)).collect();
        Small { machine: Rc::new(Machine::new()), lesson: Rc::new(lesson) }
    }

    /// Returns what a run of it is asked for.
    ///
    /// # Panics
    /// When a fault does not read.
    pub fn inputs(
        &self,
        requests: u32,
        choices: Choices,
        faults: &[&str],
        settings: &[(&str, i64)],
    ) -> Inputs {
        let faults = faults.iter().map(|text| text.parse::<Fault>().expect("a fault")).collect();
        let settings: BTreeMap<String, i64> =
            settings.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect();
        Inputs { choices, faults, settings, ..unhappy_judge::inputs(&self.lesson, requests) }
    }

    /// Starts a run.
    ///
    /// # Panics
    /// When the world cannot be built.
    pub fn start(&self, inputs: &Inputs) -> Run {
        let world = World::build(&self.machine, &self.lesson, inputs).expect("the world can be built");
        Run::start(&self.machine, &self.lesson, world)
    }

    /// Runs it by a schedule.
    ///
    /// # Panics
    /// When the schedule does not read.
    pub fn by(&self, requests: u32, schedule: &str, faults: &[&str], settings: &[(&str, i64)]) -> Finished {
        let schedule: Schedule = schedule.parse().expect("the schedule reads");
        self.start(&self.inputs(requests, Choices::Chosen(schedule), faults, settings)).finish()
    }

    /// Runs it in time.
    pub fn timed(&self, requests: u32, settings: &[(&str, i64)]) -> Finished {
        self.start(&self.inputs(requests, Choices::Timed, &[], settings)).finish()
    }

    /// Tries every schedule by making each possible move at each point, always from the beginning. A timer counts while
    /// somebody else could move: it fires at most `timers` times so, and freely when nobody else can.
    ///
    /// # Panics
    /// When the world cannot be built.
    pub fn all_schedules(&self, requests: u32, settings: &[(&str, i64)], timers: u32) -> Tried {
        let inputs = self.inputs(requests, Choices::Chosen(Schedule::default()), &[], settings);
        let world = World::build(&self.machine, &self.lesson, &inputs).expect("the world can be built");
        let mut tried = Tried::default();
        let mut open = vec![Way { made: Schedule::default(), cost: Cost::default(), last: None, timers }];
        while let Some(way) = open.pop() {
            let mut world = world.clone();
            world.inputs.choices = Choices::Chosen(way.made.clone());
            let mut run = Run::start(&self.machine, &self.lesson, world);
            while run.advance(u32::MAX) != Status::Finished {}
            let possible = run.possible_moves();
            let broken = broken(&run.take_finished().trace);
            for promise in &broken {
                let least = tried.smallest.entry(promise.clone()).or_insert(way.cost);
                *least = way.cost.min(*least);
            }
            if possible.is_empty() {
                tried.schedules.push((way.made, broken));
            } else {
                open.extend(possible.iter().filter_map(|next| way.longer(next, &possible)));
            }
        }
        tried
    }

    /// Explores every schedule.
    ///
    /// # Panics
    /// When the world cannot be built.
    pub fn explore(
        &self,
        requests: u32,
        settings: &[(&str, i64)],
        bound: &Bound,
        options: Options,
    ) -> (Explored, Work) {
        let mut worlds = self.worlds(requests, settings, bound);
        let mut search = Search::new(options);
        while !search.advance(&mut worlds, 50).is_done {}
        let work = worlds.work();
        (search.into_graph(work.whole_history.clone()).report(&self.promises()), work)
    }

    /// Returns what an exploration of it goes over.
    ///
    /// # Panics
    /// When the world cannot be built.
    pub fn worlds(&self, requests: u32, settings: &[(&str, i64)], bound: &Bound) -> Worlds {
        let inputs = self.inputs(requests, Choices::Timed, &[], settings);
        let world = World::build(&self.machine, &self.lesson, &inputs).expect("the world can be built");
        Worlds::new(&self.machine, &self.lesson, world, bound)
    }

    /// Returns the keys of its promises.
    pub fn promises(&self) -> Vec<String> {
        self.lesson.promises.iter().map(|promise| promise.key.clone()).collect()
    }
}

/// What trying every schedule came to.
#[derive(Default)]
pub struct Tried {
    /// Each schedule, with the promises that broke in it.
    pub schedules: Vec<(Schedule, Vec<String>)>,
    /// The least cost at which each promise breaks.
    pub smallest: BTreeMap<String, Cost>,
}

/// The beginning of a schedule.
struct Way {
    made: Schedule,
    cost: Cost,
    last: Option<Move>,
    timers: u32,
}

impl Way {
    /// With one move more; none when that is a timer too many. Who could have gone on and did not was switched away from.
    fn longer(&self, next: &Move, possible: &[Move]) -> Option<Way> {
        let is_early = *next == Move::Timer && possible.len() > 1;
        let timers = self.timers.checked_sub(u32::from(is_early))?;
        let is_step = |made: &&Move| matches!(made, Move::Step(_));
        let switches =
            self.last.as_ref().filter(is_step).is_some_and(|last| last != next && possible.contains(last));
        let preemptions = self.cost.preemptions + u32::from(switches);
        let cost = Cost { preemptions, faults: 0, steps: self.cost.steps + 1 };
        let mut made = self.made.clone();
        made.moves.push(next.clone());
        Some(Way { made, cost, last: Some(next.clone()), timers })
    }
}

/// Returns the promises that broke in a run, by key.
pub fn broken(trace: &Trace) -> Vec<String> {
    Report::of(trace).broken.into_iter().map(|broken| broken.promise).collect()
}
