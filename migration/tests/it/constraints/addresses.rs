//! Good and bad e-mail addresses and host names.

use super::forms::{Form, form};

pub(super) fn email() -> Form {
    let label = |length| "a".repeat(length);
    form(
        &[
            "a@b",
            "ada@example.org",
            "ada.lovelace+tag@mail.example.org",
            "o'brien@example.org",
            "josé@example.org",
            "用户@xn--fiqs8s.example",
            "\"quoted\"@example.org",
            ".dot.@example.org",
            "a@1.2.3.4",
            "*@example.org",
            "a]b[c-d^e@example.org",
        ],
        &[
            "",
            "a",
            "@",
            "a@",
            "@b",
            "Ada@example.org",
            "ada@Example.org",
            "ada@@example.org",
            "ada@home@example.org",
            "ada lovelace@example.org",
            " ada@example.org",
            "ada@example.org ",
            "ada@example.org\n",
            "ada@example.org\r\n",
            "\nada@example.org",
            "ada\t@example.org",
            "ada\u{1}@example.org",
            "ada\u{1f}@example.org",
            "ada\u{7f}@example.org",
            "ada@exämple.org",
            "ada@example_.org",
            "ada@.example.org",
            "ada@example.org.",
            "ada@example..org",
            "ada@-example.org",
            "ada@example-.org",
            "ada@example.-org",
            "ada@example.org-",
            "ada@[127.0.0.1]",
        ],
    )
    .and_good([
        // The longest label that fits into 65 characters.
        format!("a@{}", label(63)),
        format!("ab@{}", label(63)),
        format!("a@{}.org", label(63)),
        format!("a@b.{0}.{0}.c-{1}", label(63), label(61)),
        format!("{}@example.org", "é".repeat(242)),
    ])
    .and_bad([
        format!("a@{}", label(64)),
        format!("ab@{}", label(64)),
        format!("a@{}.org", label(64)),
        format!("a@b.{}.org", label(64)),
        format!("a@{}.b.{}", label(63), label(64)),
        format!("a@{0}-{0}.org", label(32)),
        format!("{}@example.org", "é".repeat(243)),
    ])
}

/// As [`email`], with what a mailbox may have before the `@`.
pub(super) fn mailbox_email() -> Form {
    let mut form = email();
    form.good.retain(|email| {
        let local = email.split('@').next().unwrap_or_default();
        local.chars().count() <= 64
    });
    form
}

pub(super) fn host_name() -> Form {
    let labels = |count: usize| "a.".repeat(count);
    form(
        &[
            "a.b",
            "example.org",
            "mail.example.org",
            "xn--fiqs8s.example",
            "1.2",
            "a--b.c-d",
        ],
        &[
            "",
            "localhost",
            ".",
            "..",
            "a.",
            ".a",
            "a..b",
            "Example.org",
            "example.org.",
            ".example.org",
            "-example.org",
            "example-.org",
            "example.-org",
            "example.org-",
            "exam ple.org",
            "example.org\n",
            "\nexample.org",
            "exa_mple.org",
            "exämple.org",
            "example.org/path",
            "a@example.org",
        ],
    )
    .and_good([
        format!("{}.org", "a".repeat(63)),
        format!("{}b", labels(126)),
    ])
    .and_bad([
        format!("{}.org", "a".repeat(64)),
        format!("example.{}", "a".repeat(64)),
        format!("{}bc", labels(126)),
    ])
}

pub(super) fn local_part() -> Form {
    form(
        &[
            "a",
            "info",
            "in.fo+tag",
            "*",
            "josé",
            "[x]",
            ".-_",
            "o'brien",
        ],
        &[
            "",
            "Info",
            "in fo",
            "in@fo",
            "info\n",
            "\ninfo",
            "in\u{1}fo",
            "in\u{7f}fo",
            " ",
        ],
    )
    .and_good(["é".repeat(64)])
    .and_bad(["é".repeat(65)])
}
