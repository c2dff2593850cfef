//! The ORM flavour of the N+1 lesson: the same answers as its SQL version, and how many statements each version sends.

use std::fs;
use std::rc::Rc;
use unhappy_judge::inputs;
use unhappy_sim::{Finished, Machine, Run, World};
use unhappy_tests::{lesson, root, server};
use unhappy_trace::Inputs;

fn run(machine: &Rc<Machine>, text: &str, variant: Option<&str>) -> Finished {
    let lesson = lesson("n-plus-one");
    let inputs = Inputs { files: server(text), variant: variant.map(str::to_owned), ..inputs(&lesson, 1) };
    let world = World::build(machine, &lesson, &inputs).expect("the world can be built");
    Run::start(machine, &lesson, world).finish()
}

fn text(name: &str) -> String {
    let path = root().join("lessons/n-plus-one").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

// 100 orders of 36 different customers.
#[test]
fn each_version_answers_alike_and_sends_its_number_of_statements() {
    let machine = Rc::new(Machine::new());
    for (file, statements) in [
        ("server.py", 101),
        ("fixes/select-related.py", 1),
        ("fixes/prefetch-related.py", 2),
        ("wrong/cache.py", 37),
        ("wrong/comprehension.py", 101),
    ] {
        let code = text(&format!("flavours/orm/{file}"));
        let found = run(&machine, &code, None);
        assert_eq!(found.trace.statements().count(), statements, "{file}");
        for variant in [None, Some("a guest order"), Some("no orders"), Some("only guest orders")] {
            let (found, wanted) = (run(&machine, &code, variant), run(&machine, &text("server.py"), variant));
            assert!(wanted.answers[0].is_some(), "{variant:?}: the SQL version answers");
            assert_eq!(found.answers[0], wanted.answers[0], "{file}: {variant:?}");
        }
    }
}
