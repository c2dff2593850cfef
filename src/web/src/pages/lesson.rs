//! A lesson's page: fetches the lesson, then shows the workbench beside its text.

use super::bench::Workbench;
use crate::browser::fetch;
use crate::browser::prose;
use crate::parts::{Same, TopBar, banner};
use std::rc::Rc;
use unhappy_lesson::Lesson;
use yew::prelude::*;

/// Props of [`LessonPage`].
#[derive(Properties, PartialEq)]
pub struct LessonPageProps {
    /// Name of the lesson's folder.
    pub slug: String,
}

/// How far the lesson is.
#[derive(Clone, PartialEq)]
enum Fetched {
    OnItsWay,
    Failed(AttrValue),
    There { lesson: Same<Lesson>, packed: Same<[u8]>, slots: prose::Slots },
}

/// A lesson's page.
#[component]
pub fn LessonPage(props: &LessonPageProps) -> Html {
    let fetched = use_state_eq(|| Fetched::OnItsWay);
    let attempt = use_state_eq(|| 0_u32);
    {
        let fetched = fetched.clone();
        use_effect_with((props.slug.clone(), *attempt), move |(slug, _)| {
            let slug = slug.clone();
            wasm_bindgen_futures::spawn_local(async move { fetched.set(fetch_lesson(&slug).await) });
        });
    }
    match &*fetched {
        Fetched::There { lesson, packed, slots } => html! {
            <Workbench lesson={lesson.clone()} packed={packed.clone()} slots={slots.clone()} />
        },
        Fetched::OnItsWay => html! {
            <>
                <TopBar />
                <main class="bench" aria-label="Workbench">
                    <div class="evidence"><p class="empty" role="status">{ "Loading the lesson …" }</p></div>
                </main>
            </>
        },
        Fetched::Failed(sentence) => html! {
            <>
                <TopBar />
                <main class="bench" aria-label="Workbench">
                    { banner(sentence, true, Some(("Try again", Callback::from(move |_| attempt.set(*attempt + 1))))) }
                </main>
            </>
        },
    }
}

async fn fetch_lesson(slug: &str) -> Fetched {
    let Ok(packed) = fetch::bytes(&format!("lessons/{slug}.lesson")).await else {
        return Fetched::Failed("The lesson could not be loaded. Check the connection.".into());
    };
    match Lesson::unpack(&packed) {
        Err(error) => Fetched::Failed(AttrValue::from(format!("The lesson could not be read: {error}."))),
        Ok(lesson) => {
            let (lesson, packed) = (Same(Rc::new(lesson)), Same(packed.into()));
            Fetched::There { lesson, packed, slots: prose::slots() }
        }
    }
}
