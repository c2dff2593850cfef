//! Plain data in both directions, rows, JSON.

use crate::harness::{check, server};
use expect_test::expect;
use unhappy_trace::Value;

#[test]
fn what_can_be_sent_and_what_cannot() {
    check(
        "\
from backend import db
from decimal import Decimal
from datetime import datetime, date, timedelta
from enum import Enum
import uuid
class Color(str, Enum):
    RED = 'red'
class Thing:
    pass
async def main():
    await db.execute('q', a=None, b=True, c=2**70, d=1.5, e=b'xy', f=(1, [2]), g={1: 'x', None: 2},
        h=Decimal('1.10'), i=datetime(2026, 1, 5, 9), j=date(2026, 1, 5), k=uuid.UUID(int=1), l=Color.RED)
    for bad in (Thing(), {1}, timedelta(1), {(1,): 2}, object):
        try:
            db.execute('q', bad=bad)
        except TypeError as error:
            print(error)
",
        expect![[r#"
            0 calls db.execute["q"]{"a":null,"b":true,"c":1180591620717411303424,"d":1.5,"e":"7879","f":[1,[2]],"g":{"1":"x","null":2},"h":"1.10","i":"2026-01-05T09:00:00","j":"2026-01-05","k":"00000000-0000-0000-0000-000000000001","l":"red"} at 11:11
            0 prints at 17:13: a value of type Thing cannot be sent: only None, bool, int, float, str, bytes, list, tuple, dict, Decimal, UUID and dates can
            0 prints at 17:13: a value of type set cannot be sent: only None, bool, int, float, str, bytes, list, tuple, dict, Decimal, UUID and dates can
            0 prints at 17:13: a value of type timedelta cannot be sent: only None, bool, int, float, str, bytes, list, tuple, dict, Decimal, UUID and dates can
            0 prints at 17:13: keys must be str, int, float, bool or None, not tuple
            0 prints at 17:13: a value of type type cannot be sent: only None, bool, int, float, str, bytes, list, tuple, dict, Decimal, UUID and dates can
            0 returns null"#]],
    );
}

#[test]
fn an_answer_that_is_no_data_is_refused() {
    check(
        "async def main():\n    return {'x': {1, 2}}\n",
        expect![[r#"0 raises TypeError: Object of type set is not JSON serializable"#]],
    );
    check(
        "async def main():\n    x = []\n    x.append(x)\n    return x\n",
        expect![[r#"0 raises ValueError: Circular reference detected, or data nested too deep"#]],
    );
}

#[test]
fn rows_have_attributes() {
    check(
        "\
from backend import db
import json
async def main():
    row = await db.fetch_one('q')
    row.stock -= 1
    row.note = 'new'
    row['id'] += 1
    print(row, row.stock, row['stock'], len(row), list(row), isinstance(row, dict), json.dumps(row))
    print(hasattr(row, 'nothing'), row.get('x', 7), {**row}, row == {'id': 2, 'stock': 4, 'note': 'new'})
    del row.note
    try:
        row.stok
    except AttributeError as error:
        print(error)
    try:
        del row.note
    except KeyError as error:
        print(repr(error))
    return row
",
        expect![[r#"
            0 calls db.fetch_one["q"] at 4:17
            0 prints at 8:5: {'id': 2, 'stock': 4, 'note': 'new'} 4 4 3 ['id', 'stock', 'note'] True {"id": 2, "stock": 4, "note": "new"}
            0 prints at 9:5: False 7 {'id': 2, 'stock': 4, 'note': 'new'} True
            0 prints at 14:9: row has no column "stok"; it has id, stock
            0 prints at 18:9: KeyError('note')
            0 returns {"id":2,"stock":4}"#]],
    );
}

#[test]
fn arguments_come_as_rows_and_lists() {
    let mut world =
        server("async def main(request, n):\n    return [request.json['sku'], request['json'].sku, n]\n");
    let body = Value::Map(vec![("sku".to_owned(), Value::Text("tea".to_owned()))]);
    world.start("main", vec![Value::Map(vec![("json".to_owned(), body)]), Value::BigInt("9".repeat(30))], 0);
    assert_eq!(world.drive(), format!(r#"0 returns ["tea","tea",{}]"#, "9".repeat(30)));
}

#[test]
fn json_reads_and_writes_as_cpython_does() {
    check(
        r#"
import json
from json import JSONDecodeError
class Encoder(json.JSONEncoder):
    def default(self, o):
        return sorted(o) if isinstance(o, set) else super().default(o)
async def main():
    text = '{"a": [1, -2.5, 1e3, true, null, "x\\u00e9\\n\\ud83d\\ude00"], "b": {}}'
    data = json.loads(text)
    print(data, json.dumps(data), json.loads(json.dumps(data)) == data)
    print(json.dumps({'b': 1, 'a': (1.0, float('inf'), 2**70)}, sort_keys=True, separators=(',', ':')))
    print(json.dumps({'a': [1, {}], 'b': []}, indent=2).replace('\n', '|'))
    print(json.dumps({'x': {3, 1}}, cls=Encoder), json.dumps({'é'}, default=list, ensure_ascii=False))
    for bad in ('', '{"a" 1}', '[1,]', '[1 2]', '{"a": 1} x', '"abc', '{a: 1}', '01', '"\\x"'):
        try:
            json.loads(bad)
        except JSONDecodeError as error:
            print(error)
    for bad in ({(1, 2): 3}, object()):
        try:
            json.dumps(bad)
        except TypeError as error:
            print(error)
    print(json.loads('1.10', parse_float=str), json.loads('{"a": 1}', object_hook=lambda d: list(d)))
"#,
        expect![[r#"
            0 prints at 10:5: {'a': [1, -2.5, 1000.0, True, None, 'xé\n😀'], 'b': {}} {"a": [1, -2.5, 1000.0, true, null, "x\u00e9\n\ud83d\ude00"], "b": {}} True
            0 prints at 11:5: {"a":[1.0,Infinity,1180591620717411303424],"b":1}
            0 prints at 12:5: {|  "a": [|    1,|    {}|  ],|  "b": []|}
            0 prints at 13:5: {"x": [1, 3]} ["é"]
            0 prints at 18:13: Expecting value: line 1 column 1 (char 0)
            0 prints at 18:13: Expecting ':' delimiter: line 1 column 6 (char 5)
            0 prints at 18:13: Illegal trailing comma before end of array: line 1 column 3 (char 2)
            0 prints at 18:13: Expecting ',' delimiter: line 1 column 4 (char 3)
            0 prints at 18:13: Extra data: line 1 column 10 (char 9)
            0 prints at 18:13: Unterminated string starting at: line 1 column 1 (char 0)
            0 prints at 18:13: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
            0 prints at 18:13: Extra data: line 1 column 2 (char 1)
            0 prints at 18:13: Invalid \escape: line 1 column 2 (char 1)
            0 prints at 23:13: keys must be str, int, float, bool or None, not tuple
            0 prints at 23:13: Object of type object is not JSON serializable
            0 prints at 24:5: 1.10 ['a']
            0 returns null"#]],
    );
}

#[test]
fn what_is_told_is_never_refused() {
    check(
        "\
import _host
from backend import db
class Thing:
    pass
class Silent:
    def __repr__(self):
        raise ValueError
class Order:
    def __plain__(self):
        return {'id': 7}
async def main():
    loop = []
    loop.append(loop)
    _host.tell('log.info', ('order created',), {'order': Order(), 'thing': Thing(), 'all': [{1}, Silent()]})
    _host.tell('log.error', (loop,), {})
    print('between')
    await db.execute('q', order=Order())
    return [Order()]
",
        expect![[r#"
            0 prints at 16:5: between
            0 tells log.info["order created"]{"order":{"id":7},"thing":"<server.Thing object>","all":["{1}","<Silent object>"]} at 14:5
            0 tells log.error[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["[[...]]"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] at 15:5
            0 calls db.execute["q"]{"order":{"id":7}} at 17:11
            0 returns [{"id":7}]"#]],
    );
}

// A place taken earlier is that of a call which no learner's frame makes.
#[test]
fn a_call_has_the_place_that_was_taken_where_no_learners_code_runs() {
    check(
        "\
import asyncio
from backend import later
async def main():
    await later('awaited here')
    await asyncio.gather(*[
        later(number)
        for number in (1, 2)
    ])
    later('nobody')
",
        expect![[r#"
            0 calls later["awaited here"] at 4:11
            0 spawns 1
            0 spawns 2
            0 calls asyncio.park[1,null] at 5:11
            1 calls later[1] at 6:9 in a comprehension
            2 calls later[2] at 6:9 in a comprehension
            1 wakes key 1
            1 returns {"id":1,"stock":5}
            2 returns {"id":1,"stock":5}
            0 note at 9:5: not awaited
            0 returns null"#]],
    );
}
