//! What processes share, and what one of them cannot change for another: the framework runs once, its objects and
//! models belong to a process.

use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_python::{Ambient, Module, Outcome, Python, Stream};
use unhappy_sim::Machine;
use unhappy_tests::{lesson, run, server};
use unhappy_trace::{SimInstant, Value, trace_hash};

/// Starts a process for each source on one interpreter, all alive at once; returns what they printed or raised.
fn printed(python: &Python, sources: &[&str]) -> Vec<String> {
    let ambient = Ambient { now: SimInstant::START, fuel: 1_000_000, memory_bytes: u64::MAX };
    let mut alive = vec![];
    let mut lines = vec![];
    for source in sources {
        let file = Module { file: "server.py".to_owned(), source: (*source).to_owned() };
        let program = python.load(&unhappy_sim::framework(), &[file]).expect("the test's file compiles");
        let mut process = python.start_process(&program);
        let stepped = process.import(python, "server", Stream { seed: 0 }, ambient);
        lines.extend(stepped.printed.iter().map(|printed| printed.text.clone()));
        match stepped.outcome {
            Outcome::Raised(raised) => lines.push(format!("{}: {}", raised.class, raised.message)),
            outcome => assert_eq!(outcome, Outcome::Returned(Value::Null)),
        }
        alive.push(process);
    }
    lines
}

#[test]
fn a_name_that_one_process_sets_is_unknown_to_the_next() {
    let python = unhappy_sim::python();
    let patch = "import backend, backend.orm, _backend.web\nfrom backend import db, app\nfrom backend.orm import fields\n\
                 db.execute = len\nbackend.db = 1\nbackend.mine = 2\nbackend.orm.Model = 3\n\
                 fields.IntField = 4\n_backend.web.Request = 5\napp.get('/x')(len)\n";
    let look = "import backend, backend.orm, _backend.web\nfrom backend import db, app\nfrom backend.orm import fields\n\
                print(db.__dict__, hasattr(backend, '__mine'), 'mine' in vars(backend), backend.orm.Model)\n\
                print(fields.IntField, _backend.web.Request, len(app._routes))\n";
    assert_eq!(
        printed(&python, &[look, patch, look]),
        [
            "{} False False <class 'backend.orm.Model'>",
            "<class 'backend.orm.fields.IntField'> <class 'backend.web.Request'> 0",
            "{} False False <class 'backend.orm.Model'>",
            "<class 'backend.orm.fields.IntField'> <class 'backend.web.Request'> 0",
        ]
    );
}

#[test]
fn what_code_changes_in_a_class_of_the_framework_is_put_back() {
    let python = unhappy_sim::python();
    let changing = "from backend import db, HTTPError\nfrom backend.orm import fields\nHTTPError.status = 5\n\
                    del HTTPError.__init__\ntype(db).execute = 5\nfields.IntField.start = 6\nprint(HTTPError.status)\n";
    let looking = "from backend import db, HTTPError\nfrom backend.orm import fields\n\
                   print(HTTPError(404, 'gone').detail, 'status' in vars(HTTPError), callable(db.execute), \
                   'start' in vars(fields.IntField))\n";
    assert_eq!(printed(&python, &[changing, looking]), ["5", "gone False True False"]);
}

// Enumerations change attributes of classes while they are made, in each process and in the library.
#[test]
fn enumerations_and_uuids_work_in_every_process() {
    let python = unhappy_sim::python();
    let source = "import enum, uuid\nclass State(enum.Enum):\n    NEW = 1\nprint(State.NEW.name, len(str(uuid.uuid4())))\n";
    assert_eq!(printed(&python, &[source, source]), ["NEW 36", "NEW 36"]);
}

#[test]
fn a_class_of_the_learner_can_be_changed_whatever_it_extends() {
    let python = unhappy_sim::python();
    let source = "from backend import HTTPError, UniqueViolation\nfrom backend.orm import Model, fields\n\
                  class OutOfStock(HTTPError):\n    def __init__(self, item):\n        super().__init__(409, f'no {item}')\n\
                  OutOfStock.extra = 1\ntry:\n    raise OutOfStock('bread')\nexcept HTTPError as error:\n    \
                  print(error.status, error.detail, error.extra, type(error).__module__)\n\
                  class Mine(UniqueViolation, ValueError): pass\nMine.x = 2\nprint(Mine('m').sqlstate, Mine.x)\n\
                  class Order(Model):\n    id = fields.IntField(primary_key=True)\nOrder.mine = 3\nModel.ours = 4\n\
                  print(Order.mine, Order.ours, Order(id=7))\n";
    let look = "from backend.orm import Model\nprint('ours' in dir(Model))\n";
    assert_eq!(
        printed(&python, &[source, look]),
        ["409 no bread 1 server", "23505 2", "3 4 <Order 7>", "False"]
    );
}

#[test]
fn models_of_two_processes_do_not_know_each_other() {
    let python = unhappy_sim::python();
    let source = |name: &str| {
        format!(
            "from backend.orm import Model, fields\nclass Customer(Model):\n    {name} = fields.TextField()\n\
             class Order(Model):\n    customer = fields.ForeignKeyField('Customer', null=True)\n\
             print(list(Order._meta.relations['customer'].target()._meta.fields), list(Customer._meta.reverse))\n"
        )
    };
    let alone = "from backend.orm import Model, fields\nclass Order(Model):\n    \
                 customer = fields.ForeignKeyField('Customer')\nOrder(customer=1)\n";
    assert_eq!(
        printed(&python, &[&source("name"), &source("title"), alone]),
        [
            "['id', 'name'] ['orders']",
            "['id', 'title'] ['orders']",
            "FieldError: customer refers to a model 'Customer' that is not there; there are Order",
        ]
    );
}

/// A run leaves nothing behind: the same one again, and another after it, are as on a fresh machine.
#[test]
fn a_run_that_changes_the_framework_repeats() {
    let lesson = lesson("n-plus-one");
    let code = server(
        "import backend\nfrom backend import app, db\ndb.calls = getattr(db, 'calls', 0) + 1\n\
         backend.seen = getattr(backend, '__seen', 0)\nfetch = db.fetch_all\ndef counted(*args, **named):\n    \
         db.calls += 1\n    return fetch(*args, **named)\ndb.fetch_all = counted\n@app.get('/orders')\n\
         async def orders(request):\n    rows = await db.fetch_all('SELECT 1 AS one')\n    print(db.calls)\n    \
         return rows\n",
    );
    let hash = |machine: &Rc<Machine>, files: &BTreeMap<String, String>| {
        trace_hash(&run(machine, &lesson, files, 5).trace).to_string()
    };
    let (used, fresh) = (Rc::new(Machine::new()), Rc::new(Machine::new()));
    let first = hash(&used, &code);
    assert_eq!(hash(&used, &code), first);
    assert_eq!(hash(&used, &BTreeMap::new()), hash(&fresh, &BTreeMap::new()));
}
