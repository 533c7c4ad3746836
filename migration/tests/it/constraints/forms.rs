//! Good and bad values of each form that a text can have.

/// What one or more columns are to accept and to refuse.
pub(super) struct Form {
    pub(super) good: Vec<String>,
    pub(super) bad: Vec<String>,
}

pub(super) fn form(good: &[&str], bad: &[&str]) -> Form {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    Form {
        good: owned(good),
        bad: owned(bad),
    }
}

impl Form {
    pub(super) fn and_good(mut self, more: impl IntoIterator<Item = String>) -> Self {
        self.good.extend(more);
        self
    }

    pub(super) fn and_bad(mut self, more: impl IntoIterator<Item = String>) -> Self {
        self.bad.extend(more);
        self
    }
}

pub(super) fn slug() -> Form {
    form(
        &["a", "0", "acme", "acme-corp", "a-b-c", "2-fast"],
        &[
            "",
            "Acme",
            "acme corp",
            "acme--corp",
            "-acme",
            "acme-",
            "-",
            "acme_corp",
            "acme.corp",
            "acmé",
            "acme\n",
            "\nacme",
            "acme\u{1}",
            " ",
        ],
    )
    .and_good(["a".repeat(63)])
    .and_bad(["a".repeat(64)])
}

pub(super) fn public_id() -> Form {
    form(
        &[
            "0123456789",
            "abcdefghij",
            "ABCDEFGHIJ",
            "a1B2c3D4e5F6g7H8i9J0",
        ],
        &[
            "",
            "012345678",
            "a1B2c3D4e5F6g7H8i9J0k",
            "01234 6789",
            "01234-6789",
            "01234_6789",
            "01234é6789",
            "0123456789\n",
            "\n0123456789",
            "٠١٢٣٤٥٦٧٨٩",
        ],
    )
}

pub(super) fn username() -> Form {
    form(
        &[
            "ad",
            "ada",
            "ada.lovelace",
            "ada_l-2",
            "1ada",
            "ada.",
            "ada-",
        ],
        &[
            "", "a", "Ada", ".ada", "_ada", "-ada", "ada l", "ada\n", "\nada", "ada@home", "ádа",
            "ada]", "ada^",
        ],
    )
    .and_good(["a".repeat(64)])
    .and_bad(["a".repeat(65)])
}

pub(super) fn role_key() -> Form {
    form(
        &["a", "owner", "mail-reader", "mail_reader", "level2"],
        &[
            "",
            "Owner",
            "2nd",
            "-a",
            "_a",
            "mail reader",
            "mail.reader",
            "owner\n",
            "\nowner",
            "ówner",
            "*",
        ],
    )
    .and_good(["a".repeat(63)])
    .and_bad(["a".repeat(64)])
}

pub(super) fn permission() -> Form {
    form(
        &[
            "*",
            "*.*",
            "clients.*",
            "*.read",
            "clients.read",
            "mail_boxes.send2",
            "a.b",
        ],
        &[
            "",
            ".",
            "clients",
            "clients.",
            ".read",
            "clients..read",
            "clients.read.all",
            "**",
            "*.**",
            "clients.r*",
            "Clients.read",
            "clients.Read",
            "clients read",
            "1clients.read",
            "_clients.read",
            "clients-x.read",
            "clients.read\n",
            "\nclients.read",
            "*\n",
            "clíents.read",
            "clients.*.read",
        ],
    )
    .and_good([format!("a.{}", "b".repeat(126))])
    .and_bad([format!("a.{}", "b".repeat(127))])
}

/// Words of lower-case letters with the given mark between, `most` characters long at most.
pub(super) fn word(most: usize, marks: &str) -> Form {
    let other = if marks.contains('.') { "a-b" } else { "a.b" };
    form(
        &["a", "clients", "a_b", "a_"],
        &["", "A", "_a", "1a", "a1", "a b", "a\n", "\na", "é", other],
    )
    .and_good(["a".repeat(most)])
    .and_good(marks.chars().map(|mark| format!("a{mark}b")))
    .and_bad(["a".repeat(most + 1)])
}

/// From `least` to `most` characters of any kind: characters, not bytes.
pub(super) fn text(least: usize, most: usize) -> Form {
    let of = |length: usize| ["a", "é", "語", "😀", " ", "\n"].map(|letter| letter.repeat(length));
    let short = (least > 0).then(|| "a".repeat(least - 1));
    form(&[], &[])
        .and_good(of(least))
        .and_good(of(most))
        .and_good(["\u{1}\t'\"\\%_--"
            .chars()
            .cycle()
            .take(least.max(10))
            .collect()])
        .and_bad(of(most + 1))
        .and_bad(short)
}

/// As [`text`], and without upper-case letters of ASCII.
pub(super) fn lower(least: usize, most: usize) -> Form {
    text(least, most)
        .and_good([
            "É@example.org".to_owned(),
            "ada <ada@example.org>".to_owned(),
        ])
        .and_bad(["A@example.org".to_owned(), "a@example.orG".to_owned()])
}

pub(super) fn one_of(values: &[&str]) -> Form {
    let altered = values.iter().flat_map(|value| {
        [
            value.to_uppercase(),
            format!("{value} "),
            format!("{value}\n"),
        ]
    });
    form(values, &["", "*", "other"]).and_bad(altered)
}

pub(super) fn json() -> Form {
    form(
        &[
            "{}",
            " { } ",
            r#"{"a": null, "b": [1, 2.5, "x"], "ключ": "😀"}"#,
            r#"{"a": "\\u0000", "b": "\u00e9"}"#,
            r#"{"n": 18446744073709551615}"#,
        ],
        &[
            "",
            "[]",
            "null",
            "1",
            "true",
            "\"{}\"",
            "nonsense",
            "{",
            "{}}",
            "{a: 1}",
            "{'a': 1}",
            "{\"a\": 1,}",
            "[{}]",
            r#"{"a": "\u0000"}"#,
            r#"{"a": "\\\u0000"}"#,
        ],
    )
}
