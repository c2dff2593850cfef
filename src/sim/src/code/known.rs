//! A process as a value: what it was fed, and what that came to.
//!
//! Tasks stand in groups: a request's handler with the tasks that it created. A group shares objects in ways that only
//! its own steps can change, so its history is one list. What groups share are the module's globals. A step's key is the
//! group's history (with the globals before each of its steps), who goes on, with what, and the globals now. While a
//! process's globals are what they were after the import, a group needs only its own history to be replayed; otherwise
//! the whole process's is fed. Globals without a canonical value are told apart by that whole history.

use super::Beginning;
use super::live::{Member, Origin, Standing};
use super::table::{Globals, Table, Transition};
use crate::machine::Machine;
use sha2::{Digest as _, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_python::{Ambient, Effect, Outcome, Program, Resume, Stepped, Stream, TaskId};
use unhappy_trace::{Digest, Value};

/// What a process or a group was fed, the last first.
pub(crate) struct Past {
    before: Option<Rc<Past>>,
    fed: Fed,
}

/// What is fed.
#[derive(Clone)]
pub(crate) enum Fed {
    Start(Rc<Beginning>),
    Resume { member: Member, with: Resume, ambient: Ambient },
}

/// Returns what was fed, the first first.
pub(crate) fn fed_in_order(past: Option<&Rc<Past>>) -> Vec<&Fed> {
    let mut all = vec![];
    let mut next = past;
    while let Some(past) = next {
        all.push(&past.fed);
        next = past.before.as_ref();
    }
    all.reverse();
    all
}

impl Drop for Past {
    /// Not by recursion: a history may be long.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(past) = next {
            next = Rc::try_unwrap(past).ok().and_then(|mut past| past.before.take());
        }
    }
}

/// A process as a value.
#[derive(Clone)]
pub(crate) struct Known {
    table: Rc<RefCell<Table>>,
    origin: Rc<Origin>,
    /// The globals after the import.
    first: Globals,
    globals: Globals,
    groups: BTreeMap<TaskId, Group>,
    tasks: BTreeMap<TaskId, (TaskId, u32)>,
    next: u32,
    past: Option<Rc<Past>>,
    /// The whole history as one number.
    history: Digest,
}

#[derive(Clone)]
struct Group {
    name: String,
    past: Option<Rc<Past>>,
    /// Its history as one number.
    history: Digest,
    /// Whether the globals were those of the import before and after each of its steps.
    is_apart: bool,
    /// Whether one of its tasks holds something changeable that the globals hold too.
    holds: bool,
    members: u32,
}

impl Known {
    pub(crate) fn import(
        table: &Rc<RefCell<Table>>,
        machine: &Machine,
        program: &Program,
        module: &str,
        stream: Stream,
        ambient: Ambient,
    ) -> (Known, Stepped) {
        let origin = Origin { program: program.clone(), module: module.to_owned(), stream, ambient };
        let key = digest("import", |hasher| {
            put(hasher, module.as_bytes());
            put(hasher, &stream.seed.to_le_bytes());
        });
        let clock = ambient.now.micros();
        let known = table.borrow_mut().find(key, clock);
        let transition = known.unwrap_or_else(|| {
            let (standing, stepped) = Standing::import(machine, &origin);
            let transition = Rc::new(transition(machine, &standing, stepped));
            let mut table = table.borrow_mut();
            table.keep(key, clock, &transition);
            table.keep_standing(key, standing);
            transition
        });
        let history = if transition.read_clock { with_clock(key, clock) } else { key };
        let mut process = Known {
            table: table.clone(),
            origin: Rc::new(origin),
            first: transition.globals.clone(),
            globals: transition.globals.clone(),
            groups: BTreeMap::new(),
            tasks: BTreeMap::new(),
            next: 0,
            past: None,
            history,
        };
        process.take_globals(&transition.globals);
        (process, transition.stepped.clone())
    }

    pub(crate) fn start(&mut self, beginning: Beginning) -> TaskId {
        let task = TaskId(self.next);
        self.next += 1;
        let beginning = Rc::new(beginning);
        let fed = Fed::Start(beginning.clone());
        let start = |before: Digest| {
            digest("start", |hasher| {
                put(hasher, &before.number().to_le_bytes());
                put(hasher, beginning.name.as_bytes());
                put(hasher, beginning.function.as_bytes());
                put(hasher, &beginning.stream.seed.to_le_bytes());
                put_value(hasher, &beginning.data);
            })
        };
        let imported = digest("origin", |hasher| {
            put(hasher, self.origin.module.as_bytes());
            put(hasher, &self.origin.stream.seed.to_le_bytes());
        });
        let group = Group {
            name: beginning.name.clone(),
            past: Some(Rc::new(Past { before: None, fed: fed.clone() })),
            history: start(imported),
            is_apart: self.is_as_imported(),
            holds: false,
            members: 1,
        };
        self.history = start(self.history);
        self.past = Some(Rc::new(Past { before: self.past.take(), fed }));
        self.groups.insert(task, group);
        self.tasks.insert(task, (task, 0));
        task
    }

    pub(crate) fn resume(
        &mut self,
        machine: &Machine,
        task: TaskId,
        with: Resume,
        ambient: Ambient,
    ) -> Stepped {
        let (root, place) = *self.tasks.get(&task).expect("a step of a task that has not ended");
        let group = &self.groups[&root];
        let member: Member = (group.name.clone(), place);
        let key = self.key(group, &member, &with);
        let clock = ambient.now.micros();
        let known = self.table.borrow_mut().find(key, clock);
        // A step that needs more than is left ends differently: the interpreter says how.
        let known = known.filter(|known| known.stepped.fuel_used <= ambient.fuel);
        let transition = known.unwrap_or_else(|| self.make(machine, group, &member, &with, ambient, key));
        self.feed(root, member, with, ambient, key, &transition)
    }

    /// What may change the next step of any task, but for its own history.
    pub(crate) fn globals(&self) -> Digest {
        match &self.globals {
            Globals::Value(value) => *value,
            Globals::Whole(_) => self.history,
        }
    }

    pub(crate) fn history(&self, task: TaskId) -> Option<Digest> {
        let (root, place) = self.tasks.get(&task)?;
        let group = self.groups.get(root)?;
        Some(digest("member", |hasher| {
            put(hasher, &group.history.number().to_le_bytes());
            put(hasher, &place.to_le_bytes());
        }))
    }

    /// Whether the globals have a value, and it is that of the import.
    fn is_as_imported(&self) -> bool {
        matches!(self.globals, Globals::Value(_)) && self.globals == self.first
    }

    fn key(&self, group: &Group, member: &Member, with: &Resume) -> Digest {
        digest("step", |hasher| {
            put(hasher, &group.history.number().to_le_bytes());
            put(hasher, &self.globals().number().to_le_bytes());
            put(hasher, &member.1.to_le_bytes());
            put_resume(hasher, with);
        })
    }

    /// Lets a live process make a step that the table does not know.
    fn make(
        &self,
        machine: &Machine,
        group: &Group,
        member: &Member,
        with: &Resume,
        ambient: Ambient,
        key: Digest,
    ) -> Rc<Transition> {
        let is_apart = group.is_apart && self.is_as_imported();
        let (past, before) =
            if is_apart { (group.past.as_ref(), group.history) } else { (self.past.as_ref(), self.history) };
        let standing = self.table.borrow_mut().take_standing(before);
        let mut standing = standing.unwrap_or_else(|| {
            self.table.borrow_mut().repeated += fed_in_order(past).len() as u64;
            Standing::replay(machine, &self.origin, past)
        });
        let stepped = standing.resume(machine, member, with.clone(), ambient);
        let transition = Rc::new(transition(machine, &standing, stepped));
        let clock = ambient.now.micros();
        let mut table = self.table.borrow_mut();
        table.keep(key, clock, &transition);
        let after = if is_apart {
            after_step(key, clock, &transition)
        } else {
            after_step(whole_key(self.history, member, with), clock, &transition)
        };
        table.keep_standing(after, standing);
        transition
    }

    /// Takes note of a step and gives it the numbers of this process's tasks.
    fn feed(
        &mut self,
        root: TaskId,
        member: Member,
        with: Resume,
        ambient: Ambient,
        key: Digest,
        transition: &Transition,
    ) -> Stepped {
        let clock = ambient.now.micros();
        self.history = after_step(whole_key(self.history, &member, &with), clock, transition);
        let was_first = self.is_as_imported();
        self.take_globals(&transition.globals);
        let group = self.groups.get_mut(&root).expect("a task's group is there");
        group.holds = transition.holds;
        self.look_for_what_is_shared();
        let stays_first = was_first && self.is_as_imported();
        let fed = Fed::Resume { member, with, ambient };
        self.past = Some(Rc::new(Past { before: self.past.take(), fed: fed.clone() }));
        let group = self.groups.get_mut(&root).expect("a task's group is there");
        group.past = Some(Rc::new(Past { before: group.past.take(), fed: fed.clone() }));
        group.history = after_step(key, clock, transition);
        group.is_apart &= stays_first;
        let place = match &fed {
            Fed::Resume { member, .. } => member.1,
            Fed::Start(_) => 0,
        };
        let mut stepped = transition.stepped.clone();
        self.renumber(root, &mut stepped, &transition.meant);
        if !matches!(stepped.outcome, Outcome::Suspended(_)) {
            self.tasks.retain(|_, known| *known != (root, place));
            if !self.tasks.values().any(|(known, _)| *known == root) {
                self.groups.remove(&root);
            }
        }
        stepped
    }

    /// Once globals have no value they never have one again.
    fn take_globals(&mut self, globals: &Globals) {
        if let Globals::Whole(reason) = globals {
            let mut table = self.table.borrow_mut();
            table.whole_history.get_or_insert_with(|| reason.clone());
        }
        if matches!(self.globals, Globals::Value(_)) {
            self.globals = globals.clone();
        }
    }

    /// Once globals have changed that a waiting task holds a part of, that task is no function of its results and of
    /// their value: only the whole history says where the process stands.
    fn look_for_what_is_shared(&mut self) {
        let holds = |group: &&Group| group.holds;
        if let Some(group) = self.groups.values().find(holds).filter(|_| !self.is_as_imported()) {
            let reason = format!("{} works on a part of the module's state while it waits", group.name);
            self.take_globals(&Globals::Whole(reason.into()));
        }
    }

    /// Gives the effects of a step the numbers of this process's tasks.
    fn renumber(&mut self, root: TaskId, stepped: &mut Stepped, meant: &[Option<Member>]) {
        let mut kept = vec![];
        for (effect, meant) in stepped.effects.drain(..).zip(meant) {
            let effect = match (effect, meant) {
                (Effect::Spawned { .. }, meant) => {
                    let group = self.groups.get_mut(&root).expect("a task's group is there");
                    let (task, place) = (TaskId(self.next), group.members);
                    self.next += 1;
                    group.members += 1;
                    self.tasks.insert(task, (root, place));
                    let parent = meant.as_ref().and_then(|parent| self.number(parent)).unwrap_or(root);
                    Some(Effect::Spawned { task, parent })
                }
                (Effect::Cancelled(_), meant) => {
                    meant.as_ref().and_then(|target| self.number(target)).map(Effect::Cancelled)
                }
                (effect, _) => Some(effect),
            };
            kept.extend(effect);
        }
        stepped.effects = kept;
    }

    fn number(&self, member: &Member) -> Option<TaskId> {
        let is_it = |(root, place): &(TaskId, u32)| {
            *place == member.1 && self.groups.get(root).is_some_and(|group| group.name == member.0)
        };
        self.tasks.iter().find(|(_, known)| is_it(known)).map(|(task, _)| *task)
    }
}

/// What a step came to, with what it left behind.
fn transition(machine: &Machine, standing: &Standing, stepped: Stepped) -> Transition {
    let meant = stepped.effects.iter().map(|effect| match effect {
        Effect::Spawned { parent, .. } => standing.member(*parent).cloned(),
        Effect::Cancelled(task) => standing.member(*task).cloned(),
        Effect::Woken(_) | Effect::Told(_) => None,
    });
    let meant = meant.collect();
    let globals = globals(machine, standing);
    let read_clock = stepped.read_clock;
    let waits = matches!(stepped.outcome, Outcome::Suspended(_));
    let holds = waits && standing.process.entangled(&machine.python);
    Transition { stepped, meant, globals, read_clock, holds }
}

fn globals(machine: &Machine, standing: &Standing) -> Globals {
    match standing.process.globals(&machine.python) {
        unhappy_python::Globals::Value(value) => Globals::Value(value),
        unhappy_python::Globals::NoValue { reason } => Globals::Whole(reason.into()),
    }
}

fn digest(kind: &str, feed: impl FnOnce(&mut Sha256)) -> Digest {
    let mut hasher = Sha256::new_with_prefix(kind.as_bytes());
    feed(&mut hasher);
    Digest::from_hasher(hasher)
}

fn put(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

fn put_value(hasher: &mut Sha256, value: &Value) {
    let bytes = postcard::to_allocvec(value).expect("a value has nothing that postcard cannot write");
    put(hasher, &bytes);
}

fn put_resume(hasher: &mut Sha256, with: &Resume) {
    match with {
        Resume::Start => put(hasher, b"start"),
        Resume::Value(value) => {
            put(hasher, b"value");
            put_value(hasher, value);
        }
        Resume::Raise { module, class, fields } => {
            put(hasher, b"raise");
            put(hasher, module.as_bytes());
            put(hasher, class.as_bytes());
            for (name, value) in fields {
                put(hasher, name.as_bytes());
                put_value(hasher, value);
            }
        }
    }
}

fn whole_key(history: Digest, member: &Member, with: &Resume) -> Digest {
    digest("whole", |hasher| {
        put(hasher, &history.number().to_le_bytes());
        put(hasher, member.0.as_bytes());
        put(hasher, &member.1.to_le_bytes());
        put_resume(hasher, with);
    })
}

/// A history after a step; the clock is part of it when the step read it.
fn after_step(key: Digest, clock: u64, transition: &Transition) -> Digest {
    if transition.read_clock { with_clock(key, clock) } else { key }
}

fn with_clock(key: Digest, clock: u64) -> Digest {
    digest("clock", |hasher| {
        put(hasher, &key.number().to_le_bytes());
        put(hasher, &clock.to_le_bytes());
    })
}
