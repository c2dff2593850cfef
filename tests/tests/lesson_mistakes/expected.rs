//! The problems of every fixture, with file and line. What fixtures are stands in `main.rs`.

/// Fixture, then its problems without the fixture's name in front.
pub const MISTAKES: &[(&str, &[&str])] = &[
    ("Bad_Slug", &[r#"lesson.toml:1: folder "Bad_Slug" is not in kebab-case, expected like "n-plus-one""#]),
    (
        "alias-taken",
        &[
            r#"lesson.toml:7: alias "Old_Name" is not in kebab-case, expected like "n-plus-one""#,
            r#"lesson.toml:7: alias "base" is the name of a lesson"#,
        ],
    ),
    ("behaviour-without-promises", &["lesson.toml:80: there is no fact `select_for_update`"]),
    ("bound-without-promises", &["lesson.toml:41: `[bound]` is for lessons with promises"]),
    ("budget-compared-fact", &["lesson.toml:54: there is no fact `rows_missing`"]),
    ("budget-unknown-fact", &["lesson.toml:55: there is no fact `queries`"]),
    (
        "client-missing",
        &[
            r#"lesson.toml:27: file "client.py" is not in the folder"#,
            "lesson.toml:54: `method` is there, but client.py decides what is sent",
            "lesson.toml:55: `path` is there, but client.py decides what is sent",
        ],
    ),
    ("default-out-of-range", &["lesson.toml:22: `default` is 51, expected 0 to 50"]),
    ("duplicate-experiment-key", &[r#"lesson.toml:84: key "once" is there twice among fixes and wrong"#]),
    ("duplicate-toml-key", &["lesson.toml:7: this is no TOML: duplicate key"]),
    ("empty-section", &[r#"text.md:25: section "Take away" is empty"#]),
    ("empty-text", &["lesson.toml:3: `title` is empty, expected text"]),
    ("empty-when", &["lesson.toml:87: `when` is empty, expected a list of formulas"]),
    ("expect-without-promises", &["lesson.toml:51: `expect` is for lessons with promises"]),
    ("experiment-without-text", &["lesson.toml:83: key `text` is missing, expected text"]),
    ("external-address", &["text.md:15: external addresses are not allowed"]),
    (
        "external-address-in-toml",
        &["lesson.toml:88: `text` holds an external address; lessons work without the network"],
    ),
    ("external-link", &[r#"text.md:3: link to "https://example.org" leads outside the site"#]),
    ("external-link-in-hint", &[r#"lesson.toml:70: link to "//example.org" leads outside the site"#]),
    ("external-picture", &["text.md:3: pictures are not allowed"]),
    ("few-hints", &["lesson.toml:1: the lesson has 2 hints, expected at least 3"]),
    (
        "file-and-files",
        &[
            "fixes/once.py:1: lesson.toml does not list this file",
            "lesson.toml:80: expected either `file` or `files`",
        ],
    ),
    ("fill-between", &["lesson.toml:29: `between` needs two whole numbers, the smaller one first"]),
    (
        "fill-text",
        &[r#"lesson.toml:29: `text` is "city {n} of all", expected it to end with {n}, like "card_{n}""#],
    ),
    (
        "fill-timestamp",
        &[r#"lesson.toml:29: `timestamp` is "2026-02-29 08:00:00", expected like "2026-03-02 08:00:00""#],
    ),
    (
        "fill-two-kinds",
        &[
            r#"lesson.toml:29: column "city" needs exactly one of: number, between, pick, words, text, reference, timestamp"#,
        ],
    ),
    (
        "fill-unknown",
        &[
            r#"lesson.toml:29: column "city" needs exactly one of: number, between, pick, words, text, reference, timestamp"#,
        ],
    ),
    ("format-version", &["lesson.toml:1: `format_version` is 2, expected 1"]),
    (
        "formula-does-not-read",
        &[r#"lesson.toml:54: formula "statements =< 3": expected a comparison at character 12"#],
    ),
    ("formula-unknown-fact", &["lesson.toml:80: there is no fact `statments`"]),
    (
        "handler-not-first",
        &[r#"lesson.toml:19: `files` begins with "schema.sql", expected the handler first"#],
    ),
    ("id-no-uuid", &[r#"lesson.toml:2: `id` is "base", expected a UUID"#]),
    ("level-out-of-range", &["lesson.toml:6: `level` is 4, expected 1 to 3"]),
    ("limits-crossed", &["lesson.toml:23: `min` is 60, above `max`, which is 50"]),
    ("long-summary", &["lesson.toml:4: `summary` has 240 characters, expected at most 200"]),
    (
        "many-at-once",
        &[
            "lesson.toml:1: key `minutes` is missing, expected a whole number",
            "lesson.toml:6: `level` is 9, expected 1 to 3",
            "lesson.toml:7: unknown key `minuts`",
            "notes.txt:1: lesson.toml does not list this file",
            r#"text.md:15: "6 rows" is typed, but comes from a run"#,
            "text.md:15: raw HTML is not allowed",
        ],
    ),
    ("missing-experiment-file", &[r#"lesson.toml:83: file "wrong/drop.py" is not in the folder"#]),
    ("missing-handler", &[r#"lesson.toml:1: file "server.py" is not in the folder"#]),
    ("missing-key", &["lesson.toml:1: key `row_noun` is missing, expected text"]),
    ("missing-lesson-toml", &["lesson.toml:1: this file is missing"]),
    ("missing-section", &[r#"text.md:31: section "Prove" is missing"#]),
    ("missing-text", &["text.md:1: this file is missing"]),
    (
        "misspelt-key",
        &[
            "lesson.toml:1: key `minutes` is missing, expected a whole number",
            "lesson.toml:7: unknown key `minuts`",
        ],
    ),
    ("must-show-empty", &["lesson.toml:9: `must_show` is empty, expected a list of formulas"]),
    ("must-show-unknown-fact", &["lesson.toml:9: there is no fact `statements`"]),
    ("no-fixes", &["lesson.toml:1: key `fixes` is missing, expected at least one"]),
    ("no-schema-listed", &["lesson.toml:1: `files` does not list schema.sql"]),
    ("no-toml", &["lesson.toml:6: this is no TOML: string values must be quoted, expected literal string"]),
    ("not-in-course", &[r#"lesson.toml:1: course.toml does not list "not-in-course""#]),
    ("not-utf8", &["server.py:2: is no UTF-8 text"]),
    (
        "path-outside",
        &[
            "fixes/once.py:1: lesson.toml does not list this file",
            r#"lesson.toml:79: file "../once.py" is not in the folder fixes"#,
        ],
    ),
    ("predict-missing", &["lesson.toml:57: `predict` has 0 options, expected at least 2"]),
    ("predict-one-option", &["lesson.toml:57: `predict` has 1 option, expected at least 2"]),
    ("predict-unknown-fact", &["lesson.toml:60: there is no fact `broken.queries`"]),
    ("probe-without-promises", &["lesson.toml:51: `probe` is for lessons with promises"]),
    (
        "promised-another-kind",
        &[
            "fixes/checked.sql:1: lesson.toml does not list this file",
            r#"lesson.toml:134: "fixes/locked.py" replaces "schema.sql", expected a file of that kind"#,
        ],
    ),
    ("promised-answered-false", &["lesson.toml:76: `answered` is false, expected true"]),
    (
        "promised-bound-incomplete",
        &[
            "lesson.toml:82: key `faults` is missing, expected a list of faults, which may be empty",
            "lesson.toml:82: key `timers` is missing, expected a whole number",
            "lesson.toml:85: unknown key `fault`",
        ],
    ),
    ("promised-bound-too-large", &["lesson.toml:86: `timers` is 21, expected 0 to 20"]),
    (
        "promised-bound-too-small",
        &[
            "lesson.toml:83: `operations` is 0, expected 1 to 4",
            "lesson.toml:84: `processes` is 1, expected 2 to 4",
        ],
    ),
    ("promised-budget-behaviour", &["lesson.toml:102: there is no fact `deadlocks`"]),
    (
        "promised-charges-incomplete",
        &[
            "lesson.toml:64: key `at_most` is missing, expected true or false",
            "lesson.toml:64: unknown key `atmost`",
        ],
    ),
    (
        "promised-client-replaced",
        &[r#"lesson.toml:131: "fixes/locked.py" replaces "client.py", which learners cannot edit"#],
    ),
    (
        "promised-compared-fact",
        &[
            "lesson.toml:136: there is no fact `breaks.KEY`",
            "lesson.toml:136: there is no fact `breaks.kept_all`",
            "lesson.toml:136: there is no fact `rows_missing`",
        ],
    ),
    ("promised-expect-empty", &["lesson.toml:91: `expect` is empty, expected a list of formulas"]),
    (
        "promised-expect-unknown-fact",
        &["lesson.toml:91: there is no fact `state`", "lesson.toml:92: there is no fact `state`"],
    ),
    ("promised-expect-without-sentence", &["lesson.toml:88: key `sentence` is missing, expected text"]),
    (
        "promised-faults",
        &[
            r#"lesson.toml:85: fault "crash" is there twice"#,
            r#"lesson.toml:85: there is no fault "meteorite", expected request-lost, response-lost, request-twice, request-late, crash, commit-lost or charge-response-lost"#,
        ],
    ),
    (
        "promised-flavour-foreign-file",
        &[
            "flavours/orm/fixes/locked.py:1: lesson.toml does not list this file",
            r#"lesson.toml:153: file "fixes/locked.py" is not in the folder flavours/orm/fixes"#,
        ],
    ),
    (
        "promised-flavour-key",
        &[
            r#"lesson.toml:146: flavour "Orm_2" is not in kebab-case, expected like "orm""#,
            r#"lesson.toml:146: flavour "Orm_2" replaces no file, expected flavours/Orm_2/server.py"#,
            "lesson.toml:149: `fixes` is empty, expected at least one",
            "lesson.toml:150: `wrong` is empty, expected at least one",
        ],
    ),
    (
        "promised-flavour-no-files",
        &[r#"lesson.toml:146: flavour "orm" replaces no file, expected flavours/orm/server.py"#],
    ),
    (
        "promised-flavour-replaces-nothing",
        &[
            r#"lesson.toml:146: "flavours/orm/models.py" replaces "models.py", which the lesson does not have"#,
        ],
    ),
    (
        "promised-flavour-same",
        &["flavours/orm/server.py:1: is the same as server.py, expected another version"],
    ),
    (
        "promised-flavour-twice",
        &[
            r#"lesson.toml:158: key "locked" is there twice among fixes and wrong"#,
            "text.md:19: unknown placeholder {flavours.orm.wrong.again.charges}",
        ],
    ),
    ("promised-flavour-unknown-key", &["lesson.toml:148: unknown key `files`"]),
    ("promised-holds", &[r#"lesson.toml:57: `holds` is "sometimes", expected "always" or "at rest""#]),
    (
        "promised-key-shape",
        &[r#"lesson.toml:67: promise "Kept-It" is not in snake_case, expected like "never_oversold""#],
    ),
    ("promised-key-twice", &[r#"lesson.toml:67: promise "charged_once" is there twice"#]),
    (
        "promised-method",
        &[
            "lesson.toml:47: `method` is there, but client.py decides what is sent",
            "lesson.toml:48: `path` is there, but client.py decides what is sent",
        ],
    ),
    ("promised-must-show", &["lesson.toml:9: there is no fact `broken.breaks.oversold`"]),
    (
        "promised-no-answered",
        &["lesson.toml:1: no promise is `answered = true`, which every lesson with promises carries"],
    ),
    ("promised-no-bound", &["lesson.toml:1: a lesson with promises needs `[bound]`"]),
    (
        "promised-no-check",
        &["lesson.toml:66: a promise needs exactly one of: no_row, charges, confirmed, answered"],
    ),
    ("promised-nothing-replaced", &["lesson.toml:139: expected `file`, `files` or `settings`"]),
    ("promised-probe-keys", &["lesson.toml:96: unknown key `changes`"]),
    (
        "promised-probe-value",
        &[
            "lesson.toml:96: `amount` is a list, expected text, a whole number, true or false",
            "lesson.toml:96: `note` is a decimal number, expected text, a whole number, true or false",
        ],
    ),
    (
        "promised-probe-without-expect",
        &["lesson.toml:96: `probe` needs `expect`: what must hold of its answer"],
    ),
    ("promised-sentence-without-expect", &["lesson.toml:91: `sentence` needs `expect`, to which it belongs"]),
    (
        "promised-setting-named-like-a-fact",
        &[
            r#"lesson.toml:28: setting "deadlocks" has the name of an observed fact"#,
            "lesson.toml:102: there is no fact `stock`",
            "text.md:7: unknown placeholder {stock}",
        ],
    ),
    ("promised-settings-default", &[r#"lesson.toml:142: setting "pool_size" is 5 without this as well"#]),
    (
        "promised-settings-empty",
        &["lesson.toml:142: `settings` changes nothing, expected like { pool_size = 10 }"],
    ),
    (
        "promised-settings-of-fix",
        &[
            r#"lesson.toml:135: there is no setting "users""#,
            r#"lesson.toml:135: value 21 is outside the limits of setting "pool_size", which are 1 to 20"#,
        ],
    ),
    (
        "promised-two-checks",
        &["lesson.toml:66: a promise needs exactly one of: no_row, charges, confirmed, answered"],
    ),
    (
        "promised-unknown-keys",
        &[
            "lesson.toml:77: unknown key `colour`",
            "lesson.toml:81: unknown key `colour`",
            "lesson.toml:85: unknown key `colour`",
        ],
    ),
    (
        "promised-user-reference",
        &[
            r#"lesson.toml:51: `reference` names table "shops", which is not filled before this one"#,
            r#"lesson.toml:90: `[traffic.user]` has no "item" that `user` could change"#,
        ],
    ),
    (
        "promised-user-unknown-fill",
        &[
            r#"lesson.toml:52: column "card" needs exactly one of: number, between, pick, words, text, reference, timestamp"#,
        ],
    ),
    (
        "promised-variant-user",
        &[r#"lesson.toml:90: `[traffic.user]` has no "shop" that `user` could change"#],
    ),
    ("promised-watch-twice", &[r#"lesson.toml:83: watch "stock" is there twice"#]),
    (
        "promised-world-limit-above",
        &[r#"lesson.toml:39: limits of setting "pool_size" are 1 to 1001, expected them inside 0 to 1000"#],
    ),
    (
        "promised-world-limits",
        &[r#"lesson.toml:38: limits of setting "pool_size" are -1 to 1001, expected them inside 0 to 1000"#],
    ),
    ("raw-html", &["text.md:15: raw HTML is not allowed"]),
    (
        "read-only-replaced",
        &[
            r#"lesson.toml:84: "fixes/once.py" replaces "server.py", which learners cannot edit"#,
            r#"lesson.toml:91: "wrong/drop.py" replaces "server.py", which learners cannot edit"#,
        ],
    ),
    (
        "reference-later-table",
        &[r#"lesson.toml:29: `reference` names table "items", which is not filled before this one"#],
    ),
    (
        "reference-maybe-empty",
        &[r#"lesson.toml:34: `reference` names table "shops", which may have no rows"#],
    ),
    (
        "reference-unknown-column",
        &[r#"lesson.toml:34: `reference` names column "key", which table "shops" does not fill"#],
    ),
    (
        "reference-unknown-table",
        &[r#"lesson.toml:34: `reference` names table "stores", which is not filled before this one"#],
    ),
    (
        "replaces-nothing",
        &[r#"lesson.toml:83: "wrong/drop.py" replaces "sever.py", which the lesson does not have"#],
    ),
    ("rows-unknown-setting", &[r#"lesson.toml:33: there is no setting "orders" to count rows with"#]),
    ("same-as-starter", &["wrong/drop.py:1: is the same as server.py, expected another version"]),
    ("section-order", &[r#"text.md:29: section "Take away" stands after "In your framework""#]),
    ("section-twice", &[r#"text.md:21: section "Look" is there twice"#]),
    (
        "setting-named-like-a-fact",
        &[r#"lesson.toml:27: setting "statements" has the name of an observed fact"#],
    ),
    ("setting-twice", &[r#"lesson.toml:27: setting "items" is there twice"#]),
    ("sizes-missing", &["lesson.toml:1: key `sizes` is missing, expected a table"]),
    ("sizes-not-ascending", &["lesson.toml:38: size 5 comes after 50, expected them ascending"]),
    (
        "sizes-out-of-range",
        &[r#"lesson.toml:38: size 51 is outside the limits of setting "items", which are 0 to 50"#],
    ),
    ("sizes-unknown-setting", &[r#"lesson.toml:37: there is no setting "orders""#]),
    ("table-twice", &[r#"lesson.toml:32: table "shops" is there twice"#]),
    ("text-before-sections", &["text.md:1: text before the first section, expected \"# Brief\" first"]),
    ("too-large", &["server.py:1: has 40000 bytes, expected at most 32768"]),
    (
        "traffic-method",
        &[
            r#"lesson.toml:42: `method` is "LOOK", expected GET, POST, PUT, PATCH or DELETE"#,
            r#"lesson.toml:43: `path` is "items", expected it to begin with /"#,
        ],
    ),
    (
        "traffic-no-method",
        &[
            "lesson.toml:41: key `method` is missing, expected text",
            "lesson.toml:41: key `path` is missing, expected text",
        ],
    ),
    ("typed-number", &[r#"text.md:11: "6 statements" is typed, but comes from a run"#]),
    ("typed-number-in-hint", &[r#"lesson.toml:74: "1 statement" is typed, but comes from a run"#]),
    ("unknown-experiment", &["text.md:19: unknown placeholder {fixes.twice.statements}"]),
    ("unknown-key", &["lesson.toml:8: unknown key `colour`"]),
    ("unknown-placeholder", &["text.md:11: unknown placeholder {broken.queries}"]),
    (
        "unknown-prerequisite",
        &[
            "lesson.toml:7: a lesson cannot be its own prerequisite",
            r#"lesson.toml:7: prerequisite "no-such-lesson" is no lesson of course.toml"#,
        ],
    ),
    (
        "unknown-section",
        &[r#"text.md:21: unknown section "Proof""#, r#"text.md:35: section "Prove" is missing"#],
    ),
    ("unknown-track", &[r#"lesson.toml:5: there is no track "querries""#]),
    ("unlisted-file", &["notes.txt:1: lesson.toml does not list this file"]),
    (
        "user-without-client",
        &["lesson.toml:47: `[traffic.user]` is data for client.py, which the lesson does not have"],
    ),
    ("variant-changes-nothing", &[r#"lesson.toml:48: variant "no items" changes nothing"#]),
    ("variant-twice", &[r#"lesson.toml:53: variant "no items" is there twice"#]),
    ("variant-unknown-setting", &[r#"lesson.toml:50: there is no setting "orders""#]),
    ("wrong-type", &["lesson.toml:7: `minutes` is text, expected a whole number"]),
];

/// Fixtures whose record alone is wrong: read all the same, so that a blessing can repair them.
pub const UNBLESSED: &[(&str, &[&str])] = &[
    ("record-missing", &["expected.json:1: the recorded numbers are missing"]),
    (
        "record-no-json",
        &["expected.json:2: does not read: invalid type: integer `1`, expected a string at line 2 column 13"],
    ),
    (
        "record-other-keys",
        &[
            r#"expected.json:1: holds no numbers of "lose""#,
            r#"expected.json:1: holds numbers of "drop", which the lesson lacks"#,
        ],
    ),
    (
        "promised-record-other-flavours",
        &[
            r#"expected.json:1: holds no numbers of flavour "orm" with "again""#,
            r#"expected.json:1: holds numbers of flavour "orm" with "lazy", which the lesson lacks"#,
        ],
    ),
    (
        "promised-record-renamed-flavour",
        &[
            r#"expected.json:1: holds no numbers of flavour "orm""#,
            r#"expected.json:1: holds numbers of flavour "django", which the lesson lacks"#,
        ],
    ),
    ("record-other-sizes", &["expected.json:1: was made with other sizes"]),
];
