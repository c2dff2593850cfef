//! The page.
//!
//! Owns: pages, components, the router, each page's reducer, storage and the bridge to the worker. Draws what
//! `view` computes and asks the engine by `wire`. Knows no rule of the world and links no engine.

mod app;
mod browser;
mod engine;
mod pages;
mod parts;
mod state;

fn main() {
    app::mount();
}
