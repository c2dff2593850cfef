//! The worker's side of the browser: messages in and out, and a breath between slices.
//!
//! A slice runs as long as it takes; after about a sixtieth of a second of slices the worker lets messages in
//! through a channel to itself, because timers would be held back by the browser.

use crate::server::Server;
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::rc::Rc;
use unhappy_sim::ENGINE_VERSION;
use unhappy_wire::{Envelope, PROTOCOL_VERSION, Reply, encode};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

/// How long slices may follow each other before messages are let in. Milliseconds.
const BREATH_MILLIS: f64 = 16.0;

/// A worker that serves its page.
struct Shell {
    scope: DedicatedWorkerGlobalScope,
    server: RefCell<Server>,
    /// Sending to it lets `pump` run again after waiting messages.
    again: MessagePort,
}

/// Starts serving.
pub fn start() {
    // A panic ends the worker, and the page starts a new one. What it said is for whoever reports the fault.
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let channel = MessageChannel::new().expect("a worker can make a channel");
    let shell =
        Rc::new(Shell { server: RefCell::new(Server::new()), again: channel.port2(), scope: scope.clone() });
    let pumped = shell.clone();
    let on_breath = Closure::<dyn FnMut()>::new(move || pumped.pump());
    channel.port1().set_onmessage(Some(on_breath.as_ref().unchecked_ref()));
    on_breath.forget();
    let received = shell.clone();
    let on_message =
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| received.receive(&event));
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let ready = Reply::Ready { protocol: PROTOCOL_VERSION, engine: ENGINE_VERSION.to_owned() };
    shell.send(&Envelope { id: 0, body: ready });
}

impl Shell {
    fn receive(&self, event: &MessageEvent) {
        let bytes = Uint8Array::new(&event.data()).to_vec();
        let was_idle = !self.server.borrow().has_work();
        let reply = self.server.borrow_mut().receive(&bytes);
        if let Some(reply) = reply {
            self.send(&reply);
        }
        if was_idle && self.server.borrow().has_work() {
            self.breathe();
        }
    }

    /// Works for a while, then lets messages in.
    fn pump(&self) {
        let clock = self.scope.performance().expect("a worker has a clock for its own pace");
        let began = clock.now();
        let mut progress = None;
        while self.server.borrow().has_work() {
            let reply = self.server.borrow_mut().work();
            match reply {
                Some(reply) if reply.body.is_progress() => progress = Some(reply),
                Some(reply) => {
                    progress = None;
                    self.send(&reply);
                }
                None => {}
            }
            if clock.now() - began >= BREATH_MILLIS {
                break;
            }
        }
        if let Some(progress) = progress {
            self.send(&progress);
        }
        if self.server.borrow().has_work() {
            self.breathe();
        }
    }

    fn breathe(&self) {
        self.again.post_message(&wasm_bindgen::JsValue::NULL).expect("a channel takes messages");
    }

    fn send(&self, reply: &Envelope<Reply>) {
        let bytes = Uint8Array::from(encode(reply).as_slice());
        let transfer = js_sys::Array::of1(&bytes.buffer());
        self.scope.post_message_with_transfer(&bytes, &transfer).expect("bytes can be posted");
    }
}
