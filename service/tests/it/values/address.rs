//! E-mail addresses and domains.

use service::{DomainName, Email};

use super::canonical;

pub(super) fn email(text: &str) -> Option<String> {
    canonical::<Email>("email", text)
}

#[test]
fn an_address_has_one_form() {
    for (written, stored) in [
        ("User@EXÄMPLE.com", "user@xn--exmple-cua.com"),
        ("user@XN--EXMPLE-CUA.com", "user@xn--exmple-cua.com"),
        ("user@exämple.com.", "user@xn--exmple-cua.com"),
        ("user@EXA\u{308}MPLE。com", "user@xn--exmple-cua.com"),
        ("user@example.com.", "user@example.com"),
        ("user@ｅｘａｍｐｌｅ.com", "user@example.com"),
        ("A.B+c@X.io", "a.b+c@x.io"),
        ("root@localhost", "root@localhost"),
        ("!#$%&'*+-/=?^_`{|}~@x.io", "!#$%&'*+-/=?^_`{|}~@x.io"),
        ("JÜRGEN@x.io", "jürgen@x.io"),
        ("Ju\u{308}rgen@x.io", "jürgen@x.io"),
        ("\u{212a}arl@x.io", "karl@x.io"),
    ] {
        assert_eq!(email(written).as_deref(), Some(stored), "{written:?}");
    }
    let address: Email = "Me@Exämple.com".parse().expect("valid");
    assert_eq!(address.local_part(), "me");
    assert_eq!(address.domain(), "xn--exmple-cua.com");
}

#[test]
fn what_is_no_address_is_refused() {
    let long_local = format!("{}@x.io", "a".repeat(65));
    let long_in_bytes = format!("{}@x.io", "ü".repeat(33));
    let long_whole = format!("a@{}.io", ["b".repeat(63).as_str(); 4].join("."));
    let long_label = format!("a@{}.io", "b".repeat(64));
    let huge = format!("{}@x.io", "a".repeat(1 << 20));
    let huge_domain = format!("a@{}.io", "é".repeat(1 << 20));
    for text in [
        "",
        "@",
        "a@",
        "@x.io",
        "x.io",
        " a@x.io",
        "a@x.io ",
        "a @x.io",
        "a@x .io",
        "a@b@x.io",
        "a\u{0}@x.io",
        "a@x\u{0}.io",
        "a\n@x.io",
        "a@x.io\n",
        "a\u{7f}@x.io",
        "a\u{85}@x.io",
        "\"a b\"@x.io",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@[::1]",
        ".a@x.io",
        "a.@x.io",
        "a..b@x.io",
        "a@.x.io",
        "a@x..io",
        "a@x.io..",
        "a@.",
        "a@-x.io",
        "a@x-.io",
        "a@x_y.io",
        "a@xn--a.io",
        "a@xn--.io",
        "a@xn--\u{fc}.io",
        "a@\u{5d0}1a.io",
        "a@x\u{ad}\u{200b}\u{2028}.io",
        // U+FF20, on either side of an @ and in its place.
        "user\u{ff20}example.com",
        "us\u{ff20}er@example.com",
        "user@exam\u{ff20}ple.com",
        // Other ways to write letters, marks that nobody sees, and marks that turn the line around.
        "\u{ff41}dmin@x.io",
        "\u{fb01}sh@x.io",
        "a\u{200b}b@x.io",
        "a\u{202e}b@x.io",
        "\u{feff}a@x.io",
        "a\u{a0}b@x.io",
        "a\u{fffd}@x.io",
        long_local.as_str(),
        long_in_bytes.as_str(),
        long_whole.as_str(),
        long_label.as_str(),
        huge.as_str(),
        huge_domain.as_str(),
    ] {
        let short: String = text.chars().take(60).collect();
        assert_eq!(email(text), None, "{short:?}");
    }
    let longest = format!(
        "{}@{}.{}.{}",
        "a".repeat(64),
        "b".repeat(63),
        "c".repeat(63),
        "d".repeat(61)
    );
    assert_eq!(longest.len(), 254);
    assert_eq!(email(&longest).as_deref(), Some(longest.as_str()));
    assert_eq!(email(&format!("{longest}d")), None);
}

#[test]
fn domains_have_two_labels_or_more() {
    let domain = |text: &str| canonical::<DomainName>("domain", text);
    assert_eq!(
        domain("EXÄMPLE.com.").as_deref(),
        Some("xn--exmple-cua.com")
    );
    for text in [
        "",
        ".",
        "com",
        "com.",
        "a b.io",
        "x.io\0",
        "127.0.0.1",
        "a.1",
        "x@y.io",
        "x/y.io",
        "*.io",
    ] {
        assert_eq!(domain(text), None, "{text:?}");
    }
    assert_eq!(domain(&"a.".repeat(200)), None);
}
