//! Text: values cut into parts, groups rendered into templates, and templates that mean harm.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::conformance::fixture::Fixture;
use crate::support::{Raised, drain, group, key, no_group, until};
use kv::{Error, ErrorKind, RENDERED_LEN_MAX, TEMPLATE_LEN_MAX, VARIABLES_LEN_MAX};

/// The time in which a reader has met a writer on any machine.
const MEETING_MAX: Duration = Duration::from_secs(60);

fn split(at: &Fixture, name: &[u8], separator: &[u8]) -> Option<Vec<Vec<u8>>> {
    let cursor = kv::get_split(&at.store, no_group(), key(name), separator).expect("split");
    cursor.map(|mut cursor| drain(&mut *cursor).into_iter().map(|row| row.2).collect())
}

fn fields(at: &Fixture, name: &[u8]) -> Option<Vec<Vec<u8>>> {
    let cursor = kv::get_fields(&at.store, no_group(), key(name)).expect("fields");
    cursor.map(|mut cursor| drain(&mut *cursor).into_iter().map(|row| row.2).collect())
}

fn parts(expected: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    Some(expected.iter().map(|part| part.to_vec()).collect())
}

fn render(at: &Fixture, template: &str) -> Result<String, Error> {
    kv::render(&at.store, no_group(), template)
}

fn refused(at: &Fixture, template: &str) -> (ErrorKind, String) {
    let shown: String = template.chars().take(80).collect();
    let error = render(at, template).expect_err(&shown);
    (error.kind(), error.message().to_owned())
}

cases! {

fn a_value_is_split_by_an_exact_separator(at) {
    at.set(b"key", b"a, b,, c");
    assert_eq!(split(at, b"key", b","), parts(&[b"a", b" b", b"", b" c"]));
    assert_eq!(split(at, b"key", b", "), parts(&[b"a", b"b,", b"c"]));
    assert_eq!(split(at, b"key", b";"), parts(&[b"a, b,, c"]));

    at.set(b"key", b"\0a\xFF\0");
    assert_eq!(split(at, b"key", b"\0"), parts(&[b"", b"a\xFF", b""]));
    assert_eq!(split(at, b"key", b"\xFF\0"), parts(&[b"\0a", b""]));
}

fn an_empty_value_has_one_part_and_no_field(at) {
    at.set(b"key", b"");
    assert_eq!(split(at, b"key", b","), parts(&[b""]));
    assert_eq!(split(at, b"key", b""), parts(&[]));
    assert_eq!(fields(at, b"key"), parts(&[]));
    at.set(b"key", b" \t\r\n\xC2\xA0");
    assert_eq!(fields(at, b"key"), parts(&[]));
}

fn an_empty_separator_cuts_after_each_character(at) {
    at.set(b"key", "a\u{e9}\u{1f600}".as_bytes());
    assert_eq!(
        split(at, b"key", b""),
        parts(&[b"a", "\u{e9}".as_bytes(), "\u{1f600}".as_bytes()])
    );
    at.set(b"key", b"\xC3\xC3\xA9");
    assert_eq!(split(at, b"key", b""), parts(&[b"\xC3", b"\xC3\xA9"]));
}

fn fields_are_cut_by_the_white_space_of_unicode(at) {
    at.set(b"key", "  a\u{2003}b\tc\n\u{3000}d\u{200b}e ".as_bytes());
    assert_eq!(fields(at, b"key"), parts(&[b"a", b"b", b"c", "d\u{200b}e".as_bytes()]));
}

fn a_missing_or_expired_key_has_no_parts_at_all(at) {
    assert_eq!(split(at, b"key", b","), None);
    assert_eq!(fields(at, b"key"), None);
    at.set_ttl(b"key", b"a", 10);
    at.clock.advance(10);
    assert_eq!(split(at, b"key", b","), None);
    assert_eq!(fields(at, b"key"), None);
}

fn parts_carry_the_version_and_the_group_and_stay_as_they_were(at) {
    let version = at.set_in(b"g", b"key", b"a,b");
    let cursor = kv::get_split(&at.store, group(b"g"), key(b"key"), b",").expect("split");
    let mut cursor = cursor.expect("it is there");
    at.set_in(b"g", b"key", b"other");

    for expected in [b"a", b"b"] {
        let part = cursor.next().expect("a part").expect("two of them");
        assert_eq!((part.group, part.key, part.value), (&b"g"[..], &b""[..], &expected[..]));
        assert_eq!(part.version, version);
    }
    assert_eq!(cursor.next(), Ok(None));
    assert_eq!(cursor.next(), Ok(None));
}

fn many_and_large_parts_are_all_there(at) {
    let many: Vec<u8> = (0..10_000_u32).flat_map(|number| format!("{number} ").into_bytes()).collect();
    at.set(b"many", &many);
    let cut = fields(at, b"many").expect("it is there");
    assert!((0..10_000_u32).all(|number| cut[number as usize] == number.to_string().as_bytes()));
    assert_eq!(cut.len(), 10_000);
    assert_eq!(split(at, b"many", b" ").expect("it is there").len(), 10_001);

    let large = [vec![b'a'; 1 << 20], vec![b'b'; 1 << 20]].join(&b',');
    at.set(b"large", &large);
    assert_eq!(split(at, b"large", b","), parts(&[&[b'a'; 1 << 20], &[b'b'; 1 << 20]]));
}

fn a_template_is_filled_with_the_keys_of_its_group(at) {
    at.set(b"name", b"Ada & <Bob>");
    at.set(b"any key", b"by name");
    at.set(b"flags", b"x,y");
    at.set(b"empty", b"");
    at.set_in(b"other", b"name", b"other");
    let cases = [
        ("", ""),
        ("plain\n", "plain\n"),
        ("Hello {{ name }}!\n", "Hello Ada & <Bob>!\n"),
        ("{{ group[\"any key\"] }} {{ group.name }}", "by name Ada & <Bob>"),
        ("{{ name|escape }}", "Ada &amp; &lt;Bob&gt;"),
        ("{{ name|tojson }}", "\"Ada & <Bob>\""),
        ("{{ missing|default(\"none\") }}", "none"),
        ("{% if missing is defined %}yes{% else %}no{% endif %}", "no"),
        ("{% if empty %}yes{% else %}no{% endif %}", "no"),
        ("{% for f in flags|split(\",\") %}{{ loop.index }}{{ f|upper }} {% endfor %}", "1X 2Y "),
        ("{% if \"x\" in flags and name is startingwith(\"Ada\") %}ok{% endif %}", "ok"),
        ("{{ \"a\" if name == \"Ada\" else \"b\" }}", "b"),
        ("{% if flags|length > 2 and \"42\"|int == 42 %}ok{% endif %}", "ok"),
        ("{% raw %}{{ name }}{% endraw %}{# a comment #}", "{{ name }}"),
        ("{% for n in [\"name\", \"any key\"] %}{{ group[n] }};{% endfor %}", "Ada & <Bob>;by name;"),
    ];
    for (template, expected) in cases {
        assert_eq!(render(at, template).as_deref(), Ok(expected), "{template}");
    }
    let other = kv::render(&at.store, group(b"other"), "{{ name }}");
    assert_eq!(other.as_deref(), Ok("other"));
}

fn keys_may_name_keys_up_to_a_depth(at) {
    for number in 0..40_u32 {
        at.set(format!("k{number}").as_bytes(), format!("k{}", number + 1).as_bytes());
    }
    let template = |depth| format!("{{{{ {}k0{} }}}}", "group[".repeat(depth), "]".repeat(depth));
    assert_eq!(render(at, &template(10)).as_deref(), Ok("k11"));

    let (kind, message) = refused(at, &template(20));
    assert_eq!(kind, ErrorKind::TooLarge);
    assert!(message.contains("further keys"), "{message}");
}

fn an_absent_or_expired_key_is_an_error_that_names_it_and_the_line(at) {
    at.set_ttl(b"dead", b"x", 10);
    at.clock.advance(10);
    for (template, name) in [
        ("a\nb {{ missing }}", "missing"),
        ("\n{% if missing %}{% endif %}", "missing"),
        ("\n{{ group[\"no such\"] }}", "no such"),
        ("\n{{ dead }}", "dead"),
        ("\n{{ missing|upper }}", "missing"),
        ("\n{% for part in missing|split(\",\") %}{% endfor %}", "missing"),
    ] {
        let (kind, message) = refused(at, template);
        assert_eq!(kind, ErrorKind::Argument, "{template}");
        assert!(message.contains(name) && message.contains("line 2"), "{template}: {message}");
    }
}

fn what_a_template_cannot_do_is_refused_with_its_line(at) {
    at.set(b"a", b"x");
    for template in [
        "{{",
        "{{ a",
        "{% if a %}",
        "{% nonsense %}",
        "{{ a|nonsense }}",
        "{{ a is nonsense }}",
        "{% set b = a %}",
        "{% set b %}{{ a }}{% endset %}",
        "{% with b = a %}{% endwith %}",
        "{% filter upper %}a{% endfilter %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% macro m() %}{% endmacro %}",
        "{% include \"a\" %}",
        "{% do a() %}",
        "{{ a() }}",
        "{{ a.upper() }}",
        "{{ loop() }}",
        "{{ a ~ a }}",
        "{{ a + a }}",
        "{{ a * 1000000000 }}",
        "{{ 2 ** 100 }}",
        "{{ [a] }}",
        "{{ (a, a) }}",
        "{{ {\"a\": a} }}",
        "{{ a[1:] }}",
        "{{ group }}",
        "{% for group in [\"a\"] %}{% endfor %}",
        "{% for a, b in [\"a\"] %}{% endfor %}",
        "{% for x in [\"a\"] recursive %}{% endfor %}",
        "{{ a|default(lax=true) }}",
        "{{ a.b }}",
        "{{ a|int }}",
        "{{ \"\"|int }}",
        "{{ 1 < a }}{{ a|int }}",
    ] {
        let (kind, message) = refused(at, &format!("\n{template}"));
        assert_eq!(kind, ErrorKind::Argument, "{template}: {message}");
        assert!(message.contains("line 2"), "{template}: {message}");
    }
}

fn a_value_that_is_no_text_is_an_error_only_where_it_is_used(at) {
    at.set(b"binary", b"\xFF");
    at.set(b"part", b"\xFF");
    let (kind, message) = refused(at, "\n{{ binary }}");
    assert_eq!(kind, ErrorKind::Argument);
    assert!(message.contains("binary") && message.contains("UTF-8"), "{message}");

    let loops = render(at, "{% for part in [\"a\"] %}{{ part }}{% endfor %}");
    assert_eq!(loops.as_deref(), Ok("a"), "the loop's own name hides the key");
}

fn sizes_have_limits(at) {
    let large = "x".repeat(VARIABLES_LEN_MAX);
    at.set(b"large", large.as_bytes());
    at.set(b"one", b"1");
    assert_eq!(render(at, "{{ large }}").as_deref(), Ok(&large[..]));
    for template in [
        "{{ large }}{{ one }}",
        "{{ one }}{% if one == \"2\" %}{{ large }}{% endif %}",
        "{% if one == \"1\" %}{{ large|default(one) }}{% endif %}",
    ] {
        let (kind, message) = refused(at, template);
        assert_eq!(kind, ErrorKind::TooLarge, "{template}");
        assert!(message.contains(&VARIABLES_LEN_MAX.to_string()), "{message}");
    }
    let half = "x".repeat(RENDERED_LEN_MAX / 2 + 1);
    at.set(b"large", half.as_bytes());
    let (kind, message) = refused(at, "{{ large }}{{ large }}");
    assert_eq!(kind, ErrorKind::TooLarge);
    assert!(message.contains(&RENDERED_LEN_MAX.to_string()), "{message}");
    assert_eq!(refused(at, &"x".repeat(TEMPLATE_LEN_MAX + 1)).0, ErrorKind::TooLarge);
    assert!(render(at, &"x".repeat(TEMPLATE_LEN_MAX)).is_ok());
}

fn a_template_that_means_harm_neither_hangs_nor_exhausts(at) {
    let nested = |times, before: &str, after: &str| {
        format!("{}x{}", before.repeat(times), after.repeat(times))
    };
    at.set(b"lines", "a\n".repeat(90_000).as_bytes());
    at.set(b"parts", ",".repeat(200_000).as_bytes());
    let cases = [
        nested(5, "{% for x in lines|lines %}", "{% endfor %}"),
        nested(70, "{% if \"a\" %}", "{% endif %}"),
        nested(70, "{% for x in [\"a\"] %}", "{% endfor %}"),
        format!("{{% if \"\" %}}{}{{% endif %}}", "{% elif \"\" %}".repeat(5_000)),
        format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{{{{ {}1{} }}}}", "[".repeat(5_000), "]".repeat(5_000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(50_000)),
        format!("{{{{ {}1 }}}}", "-".repeat(100_000)),
        format!("{{{{ 1{} }}}}", " and 1".repeat(40_000)),
        format!("{{{{ 1{} }}}}", " < 1".repeat(40_000)),
        format!("{{{{ lines{} }}}}", "|upper".repeat(40_000)),
        format!("{{{{ lines{} }}}}", ".a".repeat(100_000)),
        format!("{{{{ 1{} }}}}", " if 1 else 1".repeat(10_000)),
        "{% for x in parts|split(\",\") %}{% endfor %}".to_owned(),
    ];
    for template in cases {
        let (kind, message) = refused(at, &template);
        let shown: String = template.chars().take(60).collect();
        assert_eq!(kind, ErrorKind::TooLarge, "{shown}: {message}");
    }
    // A template that is long without being deep is fine.
    assert!(render(at, &"{% if \"\" %}{% elif \"\" %}{% endif %}{{ 1 }}".repeat(4_000)).is_ok());
}

fn the_deepest_template_there_can_be_needs_little_stack(at) {
    let nested = |times, before: &str, after: &str| {
        format!("{}x{}", before.repeat(times), after.repeat(times))
    };
    at.set(b"a", b"x");
    let cases = [
        nested(64, "{% if a %}", "{% endif %}"),
        nested(64, "{% for x in [\"a\"] %}", "{% endfor %}"),
        format!("{{% if not a %}}{}x{{% endif %}}", "{% elif a %}".repeat(63)),
        format!("{{{{ {}a{} }}}}", "(".repeat(32), ")".repeat(32)),
        format!("{{{{ {}a }}}}", "not ".repeat(250)),
        format!("{{{{ a{} }}}}", " and a".repeat(125)),
        format!("{{{{ a{} }}}}", "|upper".repeat(125)),
    ];
    std::thread::scope(|scope| {
        // The stack of threads where memory is short; SQLite needs its share of it.
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        let thread = small.spawn_scoped(scope, || {
            for template in &cases {
                let shown: String = template.chars().take(60).collect();
                assert!(render(at, template).is_ok(), "{shown}");
            }
        });
        thread.expect("a thread").join().expect("no panic");
    });
}

fn all_values_are_of_one_moment(at) {
    at.set(b"a", b"0");
    at.set(b"b", b"0");
    let template = "{% if a == b %}{{ group[\"a\"] }}{% else %}torn{% endif %}";
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1_u32.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let number = number.to_string();
                let entries = [
                    (no_group(), key(b"a"), number.as_bytes()),
                    (no_group(), key(b"b"), number.as_bytes()),
                ];
                at.store.set_many(&entries, kv::SetExpiry::Never).expect("set");
            }
        });
        let _over = Raised(&over);
        let mut seen = BTreeSet::new();
        until("the writer is met", MEETING_MAX, || {
            for _ in 0..20 {
                let text = render(at, template).expect("render");
                assert_ne!(text, "torn");
                seen.insert(text);
            }
            seen.len() >= 20
        });
    });
}

}
