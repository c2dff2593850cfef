//! The Python package that learners import: what each name calls, what it answers, and what it says to mistakes.
//!
//! The kernel is not here: a script answers every call, so the transcript shows exactly what the framework sends.

use expect_test::{Expect, expect};
use std::collections::BTreeMap;
use unhappy_python::{Ambient, Call, Effect, Module, Outcome, Resume, Stepped, Stream, TaskId};
use unhappy_trace::{SimInstant, Value};

/// Answers by the name of the call; every other call is answered with null.
type Answers<'a> = &'a [(&'a str, Resume)];

fn text(call: &Call) -> String {
    let fields = if call.fields == Value::Map(Vec::new()) { String::new() } else { call.fields.to_json() };
    let line = call.site.as_ref().map_or_else(String::new, |site| format!(" (line {})", site.line));
    format!("{}{}{fields}{line}", call.name, call.args.to_json())
}

fn record(stepped: &Stepped, out: &mut Vec<String>) {
    out.extend(stepped.printed.iter().map(|printed| format!("print: {}", printed.text)));
    for effect in &stepped.effects {
        match effect {
            Effect::Told(call) => out.push(format!("tell {}", text(call))),
            Effect::Spawned { .. } | Effect::Woken(_) | Effect::Cancelled(_) => {}
        }
    }
    for note in &stepped.notes {
        let line = note.site.as_ref().map_or_else(String::new, |site| format!(" (line {})", site.line));
        out.push(format!("note{line}: {}", note.message));
    }
    match &stepped.outcome {
        Outcome::Suspended(call) => out.push(format!("call {}", text(call))),
        Outcome::Returned(value) => out.push(format!("return {}", value.to_json())),
        Outcome::Raised(raised) => {
            let line =
                raised.frames.last().map_or_else(String::new, |frame| format!(" (line {})", frame.line));
            out.push(format!("raise {}: {}{line}", raised.class, raised.message));
            for (name, value) in &raised.fields {
                out.push(format!("    {name} = {}", value.to_json()));
            }
        }
    }
}

/// Runs `function` of `backend` with `data` after the file was imported; returns what it did.
fn transcript(source: &str, function: &str, data: &str, answers: Answers<'_>) -> String {
    let python = unhappy_sim::python();
    let file = Module { file: "server.py".to_owned(), source: source.to_owned() };
    let program = match python.load(&unhappy_sim::framework(), &[file]) {
        Ok(program) => program,
        Err(mistake) => return format!("{}: {}", mistake.file, mistake.message),
    };
    let mut process = python.start_process(&program);
    let ambient = Ambient { now: SimInstant::START, fuel: 1_000_000, memory_bytes: u64::MAX };
    let mut out = vec![];
    let imported = process.import(&python, "server", Stream { seed: 0 }, ambient);
    if imported.outcome != Outcome::Returned(Value::Null) {
        record(&imported, &mut out);
        return out.join("\n");
    }
    let data: serde_json::Value = serde_json::from_str(data).expect("the test's data is JSON");
    let first = process.start(&python, "backend", function, vec![value(&data)], Stream { seed: 0 }, 1);
    let mut ready = std::collections::VecDeque::from([(first, Resume::Start)]);
    let mut parked = BTreeMap::new();
    while let Some((task, with)) = ready.pop_front() {
        let stepped = process.resume(&python, task, with, ambient);
        record(&stepped, &mut out);
        react(task, &stepped, answers, &mut ready, &mut parked);
    }
    out.join("\n")
}

fn react(
    task: TaskId,
    stepped: &Stepped,
    answers: Answers<'_>,
    ready: &mut std::collections::VecDeque<(TaskId, Resume)>,
    parked: &mut BTreeMap<i64, TaskId>,
) {
    for effect in &stepped.effects {
        match effect {
            Effect::Spawned { task, .. } => ready.push_back((*task, Resume::Start)),
            Effect::Woken(key) => {
                let woken = parked.remove(&key.0.cast_signed());
                ready.extend(woken.map(|task| (task, Resume::Value(Value::Bool(true)))));
            }
            Effect::Cancelled(_) | Effect::Told(_) => {}
        }
    }
    let Outcome::Suspended(call) = &stepped.outcome else { return };
    if call.name == "asyncio.park" {
        let key = call.args.as_list().and_then(|args| args[0].as_int()).expect("a key is a number");
        parked.insert(key, task);
        return;
    }
    let answer = answers.iter().find(|(name, _)| *name == call.name).map(|(_, answer)| answer.clone());
    ready.push_back((task, answer.unwrap_or(Resume::Value(Value::Null))));
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => {
            Value::Int(number.as_i64().expect("the test uses whole numbers"))
        }
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(value).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), value(item))).collect())
        }
    }
}

fn answer(json: &str) -> Resume {
    Resume::Value(value(&serde_json::from_str(json).expect("the test's answer is JSON")))
}

fn raise(class: &str, fields: &[(&str, Value)]) -> Resume {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Resume::Raise { module: "backend".to_owned(), class: class.to_owned(), fields }
}

const REQUEST: &str =
    r#"{"id":"A","method":"POST","path":"/x","query":{},"headers":{},"json":{"card":"tok_visa"}}"#;

/// Returns a server whose handler has this body, from line 6 on.
fn handler(body: &str) -> String {
    let body: Vec<String> = body.trim().lines().map(|line| format!("    {line}\n")).collect();
    let head = "import asyncio\nimport backend\nfrom backend import *\n@app.post('/x')\nasync def handle(request):\n";
    format!("{head}{}", body.concat())
}

#[track_caller]
fn check_with(body: &str, answers: Answers<'_>, expected: &Expect) {
    expected.assert_eq(&transcript(&handler(body), "serve", REQUEST, answers));
}

/// Each body with what came of it.
fn told(bodies: &[&str], answers: Answers<'_>) -> String {
    let told = bodies.iter().map(|body| {
        let shown = body.replace('\n', "\n> ");
        format!("> {shown}\n{}", transcript(&handler(body), "serve", REQUEST, answers))
    });
    told.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(body: &str, expected: &Expect) {
    check_with(body, &[], expected);
}

#[test]
fn the_calls_of_each_service() {
    check_with(
        "
charge = await payments.charge(amount=1999, card=request.json.card, idempotency_key='order-7')
await payments.charge(amount=5, card='tok')
await payments.refund(charge.id)
await payments.refund(charge.id, 100, idempotency_key='r')
await payments.find(idempotency_key='order-7')
await queue.publish('emails', {'order': 7})
await queue.publish('emails', {'order': 7}, delay=1.5)
await cache.get('k')
await cache.set('k', [1], ttl=60)
await cache.add('k', 1)
await cache.delete('k')
await cache.incr('k')
await mail.send(to='a@example.com', subject='s', body='b')
return charge
",
        &[("payments.charge", answer(r#"{"id":"ch_1","amount":1999}"#))],
        &expect![[r#"
            call payments.charge[]{"amount":1999,"card":"tok_visa","idempotency_key":"order-7"} (line 6)
            call payments.charge[]{"amount":5,"card":"tok","idempotency_key":null} (line 7)
            call payments.refund["ch_1"]{"amount":null,"idempotency_key":null} (line 8)
            call payments.refund["ch_1"]{"amount":100,"idempotency_key":"r"} (line 9)
            call payments.find[]{"idempotency_key":"order-7"} (line 10)
            call queue.publish["emails",{"order":7}]{"delay":0} (line 11)
            call queue.publish["emails",{"order":7}]{"delay":1.5} (line 12)
            call cache.get["k"] (line 13)
            call cache.set["k",[1]]{"ttl":60} (line 14)
            call cache.add["k",1]{"ttl":null} (line 15)
            call cache.delete["k"] (line 16)
            call cache.incr["k",1]{"ttl":null} (line 17)
            call mail.send[]{"to":"a@example.com","subject":"s","body":"b"} (line 18)
            return {"status":200,"headers":{},"body":{"amount":1999,"id":"ch_1"}}"#]],
    );
}

#[test]
fn http_calls_and_their_answers() {
    check_with(
        "
response = await http.post('/orders', json={'sku': 'A'}, headers={'Idempotency-Key': 'k'}, timeout=2)
print(response.status, response.json.order, response.headers['content-type'], response.ok, response)
both = await asyncio.gather(*[
    http.get(f'/orders/{n}')
    for n in (1, 2)
])
await http.put('/a')
await http.patch('/a')
await http.delete('/a')
return both
",
        &[(
            "http.request",
            answer(r#"{"status":201,"headers":{"Content-Type":"application/json"},"json":{"order":7}}"#),
        )],
        &expect![[r#"
            call http.request[]{"method":"POST","url":"/orders","json":{"sku":"A"},"headers":{"Idempotency-Key":"k"},"timeout":2} (line 6)
            print: 201 7 application/json True <HTTPResponse 201>
            call asyncio.park[5991080456101133534,null] (line 8)
            call http.request[]{"method":"GET","url":"/orders/1","json":null,"headers":{},"timeout":null} (line 9)
            call http.request[]{"method":"GET","url":"/orders/2","json":null,"headers":{},"timeout":null} (line 9)
            return {"status":201,"json":{"order":7}}
            return {"status":201,"json":{"order":7}}
            call http.request[]{"method":"PUT","url":"/a","json":null,"headers":{},"timeout":null} (line 12)
            call http.request[]{"method":"PATCH","url":"/a","json":null,"headers":{},"timeout":null} (line 13)
            call http.request[]{"method":"DELETE","url":"/a","json":null,"headers":{},"timeout":null} (line 14)
            return {"status":200,"headers":{},"body":[{"status":201,"json":{"order":7}},{"status":201,"json":{"order":7}}]}"#]],
    );
}

#[test]
fn the_log_and_metrics_are_told() {
    check(
        "
class Cart:
    pass
log.info('order created', order=7, cart=Cart())
log.warning('slow')
log.error(ValueError('no'))
metrics.count('orders')
metrics.count('orders', 2, city='Rome')
metrics.observe('seconds', 0.5)
",
        &expect![[r#"
            tell log.info["order created"]{"order":7,"cart":"<server.handle.<locals>.Cart object>"} (line 8)
            tell log.warning["slow"] (line 9)
            tell log.error["no"] (line 10)
            tell metrics.count["orders",1] (line 11)
            tell metrics.count["orders",2]{"city":"Rome"} (line 12)
            tell metrics.observe["seconds",0.5] (line 13)
            return {"status":200,"headers":{},"body":null}"#]],
    );
}

#[test]
fn transactions_and_connections() {
    check(
        "
async with db.transaction(isolation='serializable', read_only=True):
    await db.execute('UPDATE a SET b = :b', b=1)
async with db.connection() as connection:
    await connection.fetch_one('SELECT 1')
try:
    async with db.transaction():
        raise ValueError('no')
except ValueError as error:
    return str(error)
",
        &expect![[r#"
            call db.begin["serializable",true] (line 6)
            call db.execute["UPDATE a SET b = :b"]{"b":1} (line 7)
            call db.commit[] (line 6)
            call db.acquire[] (line 8)
            call db.fetch_one["SELECT 1"] (line 9)
            call db.give_back[] (line 8)
            call db.begin["read committed",false] (line 11)
            call db.rollback[] (line 11)
            return {"status":200,"headers":{},"body":"no"}"#]],
    );
}

#[test]
fn exceptions_reach_the_code_with_their_fields() {
    let text = |text: &str| Value::Text(text.to_owned());
    let told: Vec<String> = [
        ("Timeout", vec![("message", text("no answer after 2 s"))]),
        ("ConnectionLost", vec![("message", text("connection reset")), ("sqlstate", text("08006"))]),
        ("CardDeclined", vec![("message", text("Your card was declined.")), ("code", text("card_declined"))]),
        ("IdempotencyConflict", vec![]),
        ("PoolTimeout", vec![("message", text("no connection"))]),
        ("UniqueViolation", vec![("message", text("duplicate key")), ("constraint", text("orders_pkey"))]),
    ]
    .map(|(class, fields)| {
        let body = "
try:
    await payments.charge(amount=1, card='tok')
except (TimeoutError, ConnectionError, PaymentError, IntegrityError) as error:
    print(type(error).__name__, error, isinstance(error, TimeoutError), isinstance(error, ConnectionError))
    raise
";
        transcript(&handler(body), "serve", REQUEST, &[("payments.charge", raise(class, &fields))])
    })
    .to_vec();
    expect![[r#"
        call payments.charge[]{"amount":1,"card":"tok","idempotency_key":null} (line 7)
        print: Timeout no answer after 2 s True False
        raise Timeout: no answer after 2 s (line 7)
        call payments.charge[]{"amount":1,"card":"tok","idempotency_key":null} (line 7)
        print: ConnectionLost connection reset False True
        raise ConnectionLost: connection reset (line 7)
            sqlstate = "08006"
        call payments.charge[]{"amount":1,"card":"tok","idempotency_key":null} (line 7)
        print: CardDeclined Your card was declined. False False
        raise CardDeclined: Your card was declined. (line 7)
            status = 402
            code = "card_declined"
        call payments.charge[]{"amount":1,"card":"tok","idempotency_key":null} (line 7)
        print: IdempotencyConflict  False False
        raise IdempotencyConflict:  (line 7)
            status = 409
        call payments.charge[]{"amount":1,"card":"tok","idempotency_key":null} (line 7)
        print: PoolTimeout no connection True False
        raise PoolTimeout: no connection (line 7)
        call payments.charge[]{"amount":1,"card":"tok","idempotency_key":null} (line 7)
        print: UniqueViolation duplicate key False False
        raise UniqueViolation: duplicate key (line 7)
            sqlstate = "23505"
            detail = null
            hint = null
            position = null
            statement = null
            constraint = "orders_pkey""#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn errors_that_the_code_makes_itself() {
    let bodies = [
        "raise HTTPError(409, 'sold out')",
        "raise HTTPError('sold out')",
        "raise CardDeclined('no', code='x')",
        "raise UniqueViolation('no')",
    ];
    expect![[r#"
        > raise HTTPError(409, 'sold out')
        return {"status":409,"headers":{},"body":{"detail":"sold out"}}
        > raise HTTPError('sold out')
        raise TypeError: HTTPError takes a status first, as in HTTPError(404, "no such order"): got 'sold out' (line 6)
        > raise CardDeclined('no', code='x')
        raise CardDeclined: no (line 6)
            status = 402
            code = "x"
        > raise UniqueViolation('no')
        raise UniqueViolation: no (line 6)
            sqlstate = "23505"
            detail = null
            hint = null
            position = null
            statement = null"#]].assert_eq(&told(&bodies, &[]));
}

#[test]
fn responses() {
    let bodies = [
        "return Response({'a': 1}, status=201, headers={'X-A': 'b'}, cookies={'s': '1'})",
        "return Response(None, '201')",
        "return {'error': 'no'}, 404",
        "return db.transaction()",
    ];
    expect![[r#"
        > return Response({'a': 1}, status=201, headers={'X-A': 'b'}, cookies={'s': '1'})
        return {"status":201,"headers":{"x-a":"b"},"body":{"a":1},"cookies":{"s":"1"}}
        > return Response(None, '201')
        raise TypeError: Response: status is a whole number from 100 to 599, not '201' (line 6)
        > return {'error': 'no'}, 404
        raise TypeError: a tuple is sent as a list: for the status 404 return Response(body, status=404)
        > return db.transaction()
        note (line 6): `db.transaction()` on line 6 did nothing: write `async with db.transaction():` and put the statements inside of it
        raise TypeError: Object of type Transaction is not JSON serializable"#]].assert_eq(&told(&bodies, &[]));
}

#[test]
fn wrong_arguments() {
    let bodies = [
        "await payments.charge(amount=19.99, card='tok')",
        "await payments.charge(amount=0, card='tok')",
        "await payments.charge(amount=1, card=None)",
        "await payments.charge(1, 'tok')",
        "await payments.find()",
        "await payments.capture()",
        "await http.get('/a', timeout='2')",
        "await http.get('/a', timeout=-1)",
        "await http.get('/a', headers={'n': 1})",
        "(await http.get('/a')).status_code",
        "http.get('/a').status",
        "await queue.publish(7, {})",
        "await queue.publish('a', {}, delay='5')",
        "await cache.set(7, 1)",
        "await cache.set('k', 1, ttl=-1)",
        "await mail.send(to='a', subject=None)",
        "log.info('order %s', 7)",
        "log.exception('x')",
        "metrics.count('n', '1')",
        "metrics.count(1)",
        "request.body",
    ];
    let answers = [("http.request", answer(r#"{"status":200,"headers":{},"json":null}"#))];
    expect![[r#"
        > await payments.charge(amount=19.99, card='tok')
        raise TypeError: payments.charge: amount is a whole number of cents, so 19.99 is 1999: got 19.99 (line 6)
        > await payments.charge(amount=0, card='tok')
        raise ValueError: payments.charge: amount must be more than 0 cents: got 0 (line 6)
        > await payments.charge(amount=1, card=None)
        raise TypeError: payments.charge: card is a text, not None (line 6)
        > await payments.charge(1, 'tok')
        call payments.charge[]{"amount":1,"card":"tok","idempotency_key":null} (line 6)
        return {"status":200,"headers":{},"body":null}
        > await payments.find()
        raise TypeError: payments.find needs one of idempotency_key=, id= and card= (line 6)
        > await payments.capture()
        raise AttributeError: payments has no 'capture'; it has charge, find, refund (line 6)
        > await http.get('/a', timeout='2')
        raise TypeError: http.get: timeout, in seconds, is a number, not '2' (line 6)
        > await http.get('/a', timeout=-1)
        raise ValueError: http.get: timeout, in seconds, cannot be below 0: got -1 (line 6)
        > await http.get('/a', headers={'n': 1})
        raise TypeError: http.get: the header 'n' is a text, not 1 (line 6)
        > (await http.get('/a')).status_code
        call http.request[]{"method":"GET","url":"/a","json":null,"headers":{},"timeout":null} (line 6)
        raise AttributeError: a response has no 'status_code'; it has status, json, headers, ok, raise_for_status() (line 6)
        > http.get('/a').status
        note (line 6): `http.get(…)` on line 6 was created but never awaited: nothing was sent
        raise TypeError: `http.get(…)` on line 6 was created but not awaited: put `await` before it to get its result (line 6)
        > await queue.publish(7, {})
        raise TypeError: queue.publish: topic is a text, not 7 (line 6)
        > await queue.publish('a', {}, delay='5')
        raise TypeError: queue.publish: delay, in seconds, is a number, not '5' (line 6)
        > await cache.set(7, 1)
        raise TypeError: cache.set: key is a text, not 7 (line 6)
        > await cache.set('k', 1, ttl=-1)
        raise ValueError: cache.set: ttl, in seconds, cannot be below 0: got -1 (line 6)
        > await mail.send(to='a', subject=None)
        raise TypeError: mail.send: subject is a text, not None (line 6)
        > log.info('order %s', 7)
        raise TypeError: log.info takes one text and then fields by name, as in log.info("order created", order=7) (line 6)
        > log.exception('x')
        raise AttributeError: log has no 'exception'; it has error, info, warning (line 6)
        > metrics.count('n', '1')
        raise TypeError: metrics.count: the value of 'n' is a number, not '1' (line 6)
        > metrics.count(1)
        raise TypeError: metrics.count takes the metric's name first, a text: got 1 (line 6)
        > request.body
        raise AttributeError: request has no 'body'; it has json, query, path, headers, cookies, id, method, url, user (line 6)"#]].assert_eq(&told(&bodies, &answers));
}

#[test]
fn a_transaction_is_used_with_async_with() {
    let bodies = [
        "await db.transaction()",
        "with db.transaction():\n    pass",
        "db.transaction()",
        "async with db.transaction() as tx:\n    await tx.commit()",
        "async with db.transaction:\n    pass",
    ];
    expect![[r#"
        > await db.transaction()
        raise TypeError: write `async with db.transaction():` and put the statements inside of it (line 6)
        > with db.transaction():
        >     pass
        raise TypeError: write `async with db.transaction():` and put the statements inside of it (line 6)
        > db.transaction()
        note (line 6): `db.transaction()` on line 6 did nothing: write `async with db.transaction():` and put the statements inside of it
        return {"status":200,"headers":{},"body":null}
        > async with db.transaction() as tx:
        >     await tx.commit()
        call db.begin["read committed",false] (line 6)
        call db.rollback[] (line 6)
        raise AttributeError: a transaction has no 'commit': it commits at the end of its `async with`, and rolls back when an exception leaves it; statements are sent with db (line 7)
        > async with db.transaction:
        >     pass
        raise TypeError: write `async with db.transaction():` with the parentheses, and put the statements inside of it (line 6)"#]].assert_eq(&told(&bodies, &[]));
}

#[test]
fn headers_ignore_case() {
    let source = "
from backend import app
@app.post('/x')
async def handle(request):
    headers = request.headers
    return [headers.get('Idempotency-Key'), headers['IDEMPOTENCY-KEY'], 'Idempotency-key' in headers,
            headers.get('no', 'none'), dict(headers), request.cookies.session, request.user.id, request.query.page]
";
    let data = r#"{"id":"A","method":"POST","path":"/x","query":{"page":"2"},"headers":{"idempotency-KEY":"k"},
        "cookies":{"session":"s"},"user":{"id":3},"json":null}"#;
    expect![[
        r#"return {"status":200,"headers":{},"body":["k","k",true,"none",{"idempotency-key":"k"},"s",3,"2"]}"#
    ]]
    .assert_eq(&transcript(source, "serve", data, &[]));
}

const CLIENT: &str = "
from backend import app, http
@app.client
async def buy(user):
    response = await http.post('/orders', json={'sku': user.data.sku, 'user': user.id})
    return response
";

#[test]
fn a_client_operates() {
    let http = [("http.request", answer(r#"{"status":201,"headers":{},"json":{"order":7}}"#))];
    expect![[r#"
        call http.request[]{"method":"POST","url":"/orders","json":{"sku":"A","user":3},"headers":{},"timeout":null} (line 5)
        return {"status":201,"json":{"order":7}}"#]].assert_eq(&transcript(CLIENT, "operate", r#"{"user":{"id":3,"data":{"sku":"A"}}}"#, &http));
    expect![[r#"
        call http.request[]{"method":"POST","url":"/orders","json":{"sku":"A","user":3},"headers":{},"timeout":null} (line 5)
        return {"status":201,"json":{"order":7}}"#]].assert_eq(&transcript(CLIENT, "operate", r#"{"user":{"id":3,"sku":"A"}}"#, &http));
    let wrong = CLIENT.replace("user.data.sku", "user.sku");
    expect!["raise AttributeError: user has no 'sku'; it has id, data.sku (line 5)"].assert_eq(&transcript(
        &wrong,
        "operate",
        r#"{"user":{"id":3,"data":{"sku":"A"}}}"#,
        &http,
    ));
    let unmarked = CLIENT.replace("@app.client\n", "");
    expect!["raise RuntimeError: client.py has no client: put @app.client before its `async def`, such as `async def buy(user)`"].assert_eq(&transcript(&unmarked, "operate", r#"{"user":{"id":3,"data":{}}}"#, &http));
    let two = format!("{CLIENT}@app.client\ndef other(user):\n    pass\n");
    expect!["raise ValueError: there is one @app.client, and it is buy (line 7)"]
        .assert_eq(&transcript(&two, "operate", "{}", &http));
}

const WORKER: &str = "
from backend import app, mail
@app.worker('emails', visibility_timeout=10)
async def send(message):
    print(message, message.id, message.body.order, message.receive_count)
    await message.extend(60)
    await mail.send(to='a', subject='s')
    await message.ack()
@app.every(60)
async def sweep():
    return 'swept'
";

#[test]
fn workers_and_jobs() {
    expect![[r#"return {"topics":[{"topic":"emails","visibility_timeout":10}],"jobs":[{"name":"sweep","seconds":60}],"client":false}"#]].assert_eq(&transcript(WORKER, "registered", "{}", &[]));
    expect![[r#"return {"topics":[],"jobs":[],"client":true}"#]].assert_eq(&transcript(
        CLIENT,
        "registered",
        "{}",
        &[],
    ));
    let message =
        r#"{"topic":"emails","message":{"id":"m1","body":{"order":7},"receive_count":2,"receipt":"r1"}}"#;
    expect![[r#"
        print: <Message m1 of emails, received 2 times> m1 7 2
        call queue.extend["r1",60] (line 6)
        call mail.send[]{"to":"a","subject":"s","body":""} (line 7)
        call queue.ack["r1"] (line 8)
        return null"#]]
    .assert_eq(&transcript(WORKER, "work", message, &[]));
    expect![
        "raise RuntimeError: no function works on the topic 'other': put @app.worker('other') before one"
    ]
    .assert_eq(&transcript(WORKER, "work", &message.replace("emails", "other"), &[]));
    expect![[r#"return "swept""#]].assert_eq(&transcript(WORKER, "run_job", r#"{"name":"sweep"}"#, &[]));
    expect!["raise RuntimeError: there is no job 'sleep': put @app.every(60) before a function of that name"]
        .assert_eq(&transcript(WORKER, "run_job", r#"{"name":"sleep"}"#, &[]));
}

#[test]
fn wrong_marks() {
    let marks = [
        "@app.worker",
        "@app.worker('t', visibility_timeout='x')",
        "@app.every",
        "@app.every(0)",
        "@app.every('60')",
        "@app.get('orders')",
        "@app.get",
        "@app.route('/')",
        "@app.client()",
    ];
    let told = marks.map(|mark| {
        let source = format!("from backend import app\n{mark}\nasync def f(x):\n    pass\n");
        format!("> {mark}\n{}", transcript(&source, "registered", "{}", &[]))
    });
    expect![[r#"
        > @app.worker
        raise TypeError: a worker is for a topic: write @app.worker("emails") (line 2)
        > @app.worker('t', visibility_timeout='x')
        raise TypeError: @app.worker: visibility_timeout, in seconds, is a number, not 'x' (line 2)
        > @app.every
        raise TypeError: a job runs every so many seconds: write @app.every(60) (line 2)
        > @app.every(0)
        raise ValueError: @app.every: seconds must be more than 0 (line 2)
        > @app.every('60')
        raise TypeError: @app.every: seconds is a number, not '60' (line 2)
        > @app.get('orders')
        raise ValueError: a route's path is a text that starts with /, such as "/orders": got 'orders' (line 2)
        > @app.get
        raise ValueError: a route's path is a text that starts with /, such as "/orders": got <function f> (line 2)
        > @app.route('/')
        raise AttributeError: app has no 'route'; it has client, delete, every, get, patch, post, put, worker (line 2)
        > @app.client()
        return {"topics":[],"jobs":[],"client":true}"#]].assert_eq(&told.join("\n"));
}

#[test]
fn every_name_can_be_imported() {
    let source = "
from backend import app, db, payments, http, queue, cache, mail, log, metrics, Response, HTTPError, Timeout
from backend import DatabaseError, IntegrityError, UniqueViolation, ForeignKeyViolation, CheckViolation
from backend import NotNullViolation, DeadlockDetected, SerializationFailure, LockNotAvailable, QueryCanceled
from backend import SyntaxOrAccessError, PoolTimeout, ConnectionLost, CardDeclined, IdempotencyConflict, PaymentError
import backend
assert backend.UniqueViolation is UniqueViolation
assert backend.db is db
from backend import nothing
";
    expect!["raise ImportError: backend has no 'nothing'; it has app, db, payments, http, queue, cache, mail, log, metrics, Response, HTTPError and the other exceptions; Model, fields, F and Q are in backend.orm (line 9)"].assert_eq(&transcript(source, "registered", "{}", &[]));
}
