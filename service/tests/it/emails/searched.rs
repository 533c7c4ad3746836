//! Looking for words.

use migration::testing::Backend;
use service::{EmailFilter, NewEmail, Tenant};

use super::{letter, mailbox, received, record, subjects};
use crate::people::{People, team, with_people};

with_people!(
    all_words_must_occur_in_subject_or_text,
    a_word_in_another_application_is_not_found,
    hits_come_in_pages_the_newest_first,
    only_the_beginning_of_a_long_text_is_searched,
    whatever_stands_in_a_text_is_stored_and_looked_for,
    words_of_any_length_are_stored,
);

async fn found(tenant: &Tenant, text: &str) -> Vec<String> {
    let text = text.parse().expect("words");
    let all = EmailFilter::default();
    let page = tenant.emails().search(&text, &all, 50, None).await;
    let page = page.expect("a page");
    subjects(&page.items)
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn saying(seconds: i64, subject: &str, body: &str) -> NewEmail {
    NewEmail {
        body: body.parse().expect("a body"),
        ..received(seconds, subject)
    }
}

/// A `tsvector` takes words of 2,046 bytes and no longer ones.
async fn words_of_any_length_are_stored(people: People) {
    let tenant = people.as_owner().await;
    let lengths = [199, 200, 201, 2033, 2034, 2035, 2046, 2047, 30_000];
    for (seconds, length) in (1..).zip(lengths) {
        for letter in ["x", "ü", "漢"] {
            let body = format!("before {} after", letter.repeat(length));
            record(&tenant, saying(seconds, letter, &body)).await;
        }
    }
    assert_eq!(found(&tenant, "before").await.len(), 3 * lengths.len());
    // Of which PostgreSQL knows no word that must occur: nothing, and not everything else.
    if people.test.backend() == Backend::Postgres {
        assert!(found(&tenant, "\u{b2} -after").await.is_empty());
    }
}

async fn all_words_must_occur_in_subject_or_text(people: People) {
    let tenant = people.as_owner().await;
    record(
        &tenant,
        saying(1, "Invoice 17", "Dear baker, the bread was good."),
    )
    .await;
    record(
        &tenant,
        saying(2, "Order", "Ten RYE breads, please: INVOICE to follow"),
    )
    .await;
    record(&tenant, saying(3, "100% _off_ 'now'", "Nothing to see")).await;
    let dead = record(&tenant, saying(4, "Invoice 18", "gone")).await.email;
    tenant.emails().delete(dead.id).await.expect("a deletion");

    let both: &[&str] = &["Order", "Invoice 17"];
    for (text, expected) in [
        ("invoice", both),
        ("INVOICE", both),
        ("invoice rye", &["Order"]),
        ("baker 17", &["Invoice 17"]),
        ("\"bread was\"", &["Invoice 17"]),
        ("\"was bread\"", &[]),
        ("invoice -rye", &["Invoice 17"]),
        ("baker or please", both),
        ("baker, (good)!", &["Invoice 17"]),
        ("gone", &[]),
        // Nothing in a word has a meaning of its own.
        ("100%", &["100% _off_ 'now'"]),
        ("'now'", &["100% _off_ 'now'"]),
        ("baker & !rye | (", &[]),
        ("o%e", &[]),
    ] {
        assert_eq!(found(&tenant, text).await, expected, "{text}");
    }
    // A part of a word is a match on SQLite alone.
    let part = found(&tenant, "nvoic").await;
    let sqlite = people.test.backend() == Backend::Sqlite;
    assert_eq!(part.is_empty(), !sqlite);
}

async fn a_word_in_another_application_is_not_found(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    record(&theirs, saying(1, "Secret plan", "words")).await;
    let tenant = people.as_member().await;
    // Who writes the other's id into a mail is not found by the other, nor finds it.
    let id = other.application.id;
    let bait = format!("application {id} 'application {id}' plan");
    record(&tenant, saying(2, "Bait", &bait)).await;
    assert_eq!(found(&tenant, "plan").await, ["Bait"]);
    assert_eq!(found(&tenant, "secret").await, [""; 0]);
    assert_eq!(found(&tenant, "secret or words").await, [""; 0]);
    assert_eq!(found(&theirs, "plan").await, ["Secret plan"]);
    assert_eq!(found(&theirs, "application plan").await, [""; 0]);
}

async fn hits_come_in_pages_the_newest_first(people: People) {
    let tenant = people.as_owner().await;
    let info = mailbox(&tenant, "acme.test").await;
    for n in 0..5 {
        let new = if n == 3 {
            received(n, "word 3")
        } else {
            NewEmail {
                subject: format!("word {n}").parse().expect("a subject"),
                ..letter(&info, n, &n.to_string())
            }
        };
        record(&tenant, new).await;
    }
    let emails = tenant.emails();
    let text = "Word".parse().expect("words");
    let in_info = EmailFilter::mailbox(info.id);
    let first = emails.search(&text, &in_info, 2, None).await;
    let first = first.expect("a page");
    assert_eq!(subjects(&first.items), ["word 4", "word 2"]);
    let rest = emails.search(&text, &in_info, 5, first.next.as_ref()).await;
    assert_eq!(subjects(&rest.expect("a page").items), ["word 1", "word 0"]);
}

/// And whatever a text holds, it can be stored: words by the ten thousand, of the longest letters.
async fn only_the_beginning_of_a_long_text_is_searched(people: People) {
    let tenant = people.as_member().await;
    let letters = |n: u32| {
        let letter = |n| char::from_u32(0x20000 + n).expect("a letter");
        format!("{}-{}", letter(n % 40_000), letter(n / 7))
    };
    let words: Vec<_> = (0..200_000).map(letters).collect();
    let words = format!("first {} last", words.join(" "));
    record(&tenant, saying(1, "Long", &words)).await;
    assert_eq!(found(&tenant, "first").await, ["Long"]);
    assert_eq!(found(&tenant, "last").await, [""; 0]);
    let many: Vec<_> = (0..60_000).map(|n| format!("w{n}.x/y{n}")).collect();
    record(&tenant, saying(2, "Links", &many.join(" "))).await;
    assert_eq!(found(&tenant, "links").await, ["Links"]);
}

async fn whatever_stands_in_a_text_is_stored_and_looked_for(people: People) {
    let tenant = people.as_member().await;
    let odd = [
        "it's o'clock ''",
        "http://x.y/a'b(c\\d'?e='f' www.x.test/'!(",
        "<a href='x y'>tag</a> &amp; a\\'b \\\\",
        "'a':1,2 'b':3A | !( & <-> :*",
        "/usr/'bin'/x' a_b@c.d' 1e5' -7' v1.2'",
    ];
    for (n, text) in odd.iter().enumerate() {
        let new = saying(i64::try_from(n).expect("few"), text, &odd.join("\n"));
        record(&tenant, new).await;
    }
    for text in odd {
        for part in text.split(' ').chain([text]) {
            // Refused or answered, and no more than is there.
            if let Ok(part) = part.parse() {
                let all = EmailFilter::default();
                let page = tenant.emails().search(&part, &all, 50, None).await;
                assert!(page.expect("an answer").items.len() <= odd.len());
            }
        }
    }
    assert_eq!(found(&tenant, "o'clock").await.len(), odd.len());
}
