//! Does what [`super::line`] says: starts and ends workers, posts bytes, watches the clock.
//!
//! One bridge belongs to one lesson page. Dropping it ends its worker.

use super::line::{Effect, Input, Line, Told, Trouble};
use crate::browser::{clock, lab};
use gloo_timers::callback::Interval;
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::rc::Rc;
use unhappy_wire::{Envelope, Reply, Request, decode, encode};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent, Worker};
use yew::Callback;

/// How often time is looked at while something is waited for. Milliseconds.
const TICK_MS: u32 = 100;
/// How much memory a message takes once read, for each of its bytes; measured, rounded up.
const READ_BYTES_PER_BYTE: usize = 8;

/// The engine of one lesson page.
#[derive(Clone)]
pub struct Engine {
    inner: Rc<RefCell<Inner>>,
}

struct Inner {
    line: Line,
    told: Callback<Told>,
    worker: Option<LiveWorker>,
    /// Counts workers, so that one that arrives late is known as such.
    generation: u64,
    ticker: Option<Interval>,
}

/// A worker with the closures that listen to it.
struct LiveWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Drop for LiveWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl PartialEq for Engine {
    fn eq(&self, other: &Engine) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Engine {
    /// Returns the engine of a packed lesson; nothing is loaded yet.
    pub fn new(lesson: Vec<u8>, told: Callback<Told>) -> Engine {
        let line = Line::new(lesson);
        let inner = Inner { line, told, worker: None, generation: 0, ticker: None };
        Engine { inner: Rc::new(RefCell::new(inner)) }
    }

    /// Starts a worker if there is none.
    pub fn warm(&self) {
        self.take(Input::Warm);
    }

    /// Asks something. The answer comes by the callback, under the same ticket.
    pub fn ask(&self, ticket: u64, request: Request) {
        self.take(Input::Ask { ticket, request });
    }

    /// Stops a request, also one that waits.
    pub fn stop(&self, ticket: u64) {
        self.take(Input::Stop { ticket });
    }

    fn take(&self, input: Input) {
        let effects = self.inner.borrow_mut().line.step(clock::now_ms(), input);
        for effect in effects {
            self.perform(effect);
        }
        self.keep_time();
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Spawn => self.spawn(),
            Effect::Terminate => {
                let mut inner = self.inner.borrow_mut();
                inner.generation += 1;
                inner.worker = None;
            }
            Effect::Post(envelope) => self.post(&encode(&envelope)),
            Effect::Tell(told) => {
                let callback = self.inner.borrow().told.clone();
                callback.emit(told);
            }
        }
    }

    fn post(&self, bytes: &[u8]) {
        let inner = self.inner.borrow();
        let Some(live) = &inner.worker else { return };
        let array = Uint8Array::from(bytes);
        let transfer = js_sys::Array::of1(&array.buffer());
        if live.worker.post_message_with_transfer(&array, &transfer).is_err() {
            web_sys::console::warn_1(&JsValue::from_str("a message could not be posted to the engine"));
        }
    }

    fn spawn(&self) {
        let generation = {
            let mut inner = self.inner.borrow_mut();
            inner.generation += 1;
            inner.generation
        };
        // The page may go away meanwhile: then nobody holds the engine, and the worker is not kept.
        let engine = Rc::downgrade(&self.inner);
        wasm_bindgen_futures::spawn_local(async move {
            let spawned = lab::spawn_engine().await;
            let Some(inner) = engine.upgrade() else {
                end_unused(spawned);
                return;
            };
            let engine = Engine { inner };
            if engine.inner.borrow().generation != generation {
                end_unused(spawned);
                return;
            }
            match spawned.map(JsCast::dyn_into::<Worker>) {
                Ok(Ok(worker)) => engine.adopt(worker),
                Ok(Err(_)) => engine.take(Input::Broken(Trouble::NotLoaded("no worker".to_owned()))),
                Err(error) => engine.take(Input::Broken(Trouble::NotLoaded(error_text(&error)))),
            }
        });
    }

    fn adopt(&self, worker: Worker) {
        let engine = Rc::downgrade(&self.inner);
        let on_message = Closure::new(move |event: MessageEvent| {
            if let Some(inner) = engine.upgrade() {
                let bytes = event.data().dyn_into::<Uint8Array>().map(|array| array.to_vec());
                let envelope = bytes.ok().and_then(|bytes| read(&bytes));
                Engine { inner }.take(Input::Heard(envelope));
            }
        });
        let engine = Rc::downgrade(&self.inner);
        // A worker script that is missing sends a plain event without message, so the type must be `Event`.
        let on_error = Closure::new(move |event: Event| {
            if let Some(inner) = engine.upgrade() {
                let reason = match event.dyn_ref::<ErrorEvent>() {
                    Some(error) => error.message(),
                    None => "its script could not be loaded".to_owned(),
                };
                Engine { inner }.take(Input::Broken(Trouble::Crashed(reason)));
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let live = LiveWorker { worker, _on_message: on_message, _on_error: on_error };
        self.inner.borrow_mut().worker = Some(live);
    }

    /// Runs the ticker while time matters, and only then.
    fn keep_time(&self) {
        let mut inner = self.inner.borrow_mut();
        let needed = inner.line.needs_ticks();
        if needed && inner.ticker.is_none() {
            let engine = Rc::downgrade(&self.inner);
            inner.ticker = Some(Interval::new(TICK_MS, move || {
                if let Some(inner) = engine.upgrade() {
                    Engine { inner }.take(Input::Tick);
                }
            }));
        } else if !needed {
            inner.ticker = None;
        }
    }
}

/// Reads a message. A large trace is made of millions of small allocations, for each few of which the memory
/// would grow by one page at a time: that costs four times as much as the reading. So it grows once before.
fn read(bytes: &[u8]) -> Option<Envelope<Reply>> {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(bytes.len() * READ_BYTES_PER_BYTE)));
    decode(bytes)
}

fn end_unused(spawned: Result<JsValue, JsValue>) {
    if let Ok(Ok(worker)) = spawned.map(JsCast::dyn_into::<Worker>) {
        worker.terminate();
    }
}

fn error_text(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => "unknown reason".to_owned(),
    }
}
