//! Settings that differ from the lesson's: what the form changes, and to whom they belong.
//!
//! Settings of the server (processes, pool) are part of a fix, like its files. All others shape the world that both
//! versions of the code meet, so the run before has them as well.

use super::{EvidenceView, Job, LessonState, RunKind, VerdictShown};
use std::collections::BTreeMap;
use unhappy_lesson::{Group, Setting, group_of};

/// Settings by key.
pub type Settings = BTreeMap<String, i64>;

impl LessonState {
    /// Returns the settings of the form: all but the one of the size control.
    pub fn settings_shown(&self) -> impl Iterator<Item = &Setting> {
        self.lesson.settings.iter().filter(|setting| setting.key != self.lesson.sizes.setting)
    }

    /// Returns the value of a setting.
    pub fn setting(&self, setting: &Setting) -> i64 {
        self.settings.get(&setting.key).copied().unwrap_or(setting.default)
    }

    /// Returns the changed settings in words: `processes 4`.
    pub fn changed_settings(&self) -> Vec<String> {
        let changed = self.settings_shown().filter(|setting| self.settings.contains_key(&setting.key));
        changed.map(|setting| format!("{} {}", setting.label, self.setting(setting))).collect()
    }

    /// Returns those settings that belong to the code.
    pub fn of_server(&self, settings: &Settings) -> Settings {
        let of_server = |(key, _): &(&String, &i64)| group_of(key) == Group::Server;
        settings.iter().filter(of_server).map(|(key, value)| (key.clone(), *value)).collect()
    }

    /// Returns those settings that belong to the world.
    pub fn of_world(&self, settings: &Settings) -> Settings {
        let of_world = |(key, _): &(&String, &i64)| group_of(key) != Group::Server;
        settings.iter().filter(of_world).map(|(key, value)| (key.clone(), *value)).collect()
    }

    /// Takes a typed value, or says what is allowed.
    pub(super) fn set(&mut self, key: &str, text: &str) {
        let Some(setting) = self.lesson.settings.iter().find(|setting| setting.key == key) else { return };
        let value = text.trim().parse().ok().filter(|value| (setting.min..=setting.max).contains(value));
        self.setting_trouble.clear();
        match value {
            Some(value) if value == setting.default => {
                self.settings.remove(key);
            }
            Some(value) => {
                self.settings.insert(key.to_owned(), value);
            }
            None => {
                let (label, min, max) = (&setting.label, setting.min, setting.max);
                self.setting_trouble = format!("“{label}” is a whole number from {min} to {max}.");
            }
        }
    }

    /// A version of the lesson brings its own settings.
    pub(super) fn settings_of_version(&mut self, key: &str) {
        let Some(version) = self.lesson.experiment(key) else { return };
        let own = self.own_settings.get_or_insert_with(|| self.settings.clone());
        self.settings =
            own.iter().chain(&version.settings).map(|(key, value)| (key.clone(), *value)).collect();
    }

    /// The learner's own settings come back with their code.
    pub(super) fn own_settings_back(&mut self) {
        if let Some(own) = self.own_settings.take() {
            self.settings = own;
        }
    }

    pub(super) fn reset_settings(&mut self) {
        self.own_settings = None;
        self.settings.clear();
    }

    /// Returns the question to the judge about the code in the editor.
    pub(super) fn judging(&self) -> Job {
        Job::Judge { files: self.code.files().clone(), settings: self.of_server(&self.settings) }
    }

    /// Returns whether a verdict is about the code in the editor and its settings.
    pub fn is_about_this(&self, verdict: &VerdictShown) -> bool {
        verdict.files == *self.code.files() && verdict.settings == self.of_server(&self.settings)
    }

    /// Returns the views of the evidence, in order.
    pub fn views(&self) -> &'static [EvidenceView] {
        let all = &[EvidenceView::Schedule, EvidenceView::Overview, EvidenceView::Tables, EvidenceView::Runs];
        if self.lesson.promises.is_empty() { &all[1..] } else { all }
    }

    /// Returns the view that a new run opens: the schedule, where there is one to show.
    pub(super) fn first_view(&self) -> EvidenceView {
        let is_traffic = self.shown_run().is_some_and(|run| run.kind == RunKind::Traffic);
        if is_traffic && !self.withholds() { self.views()[0] } else { EvidenceView::Overview }
    }
}
