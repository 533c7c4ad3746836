//! Peppers come, change and go.

use super::{PHRASE, hash, verify, with};
use crate::secret::hasher::Verdict;
use crate::secret::{Pepper, Peppers};

/// The key of each is 32 times one byte.
fn pepper(id: &str) -> Pepper {
    let byte = if id == "k1" { 7 } else { id.as_bytes()[0] };
    Pepper::new(id, vec![byte; 32]).unwrap()
}

pub(super) fn peppers(current: Option<&str>, former: &[&str]) -> Peppers {
    Peppers {
        current: current.map(pepper),
        former: former.iter().map(|id| pepper(id)).collect(),
    }
}

#[tokio::test]
async fn a_new_pepper_outdates_what_was_made_without_it() {
    let (none, a) = (with(Peppers::default()), with(peppers(Some("a"), &[])));
    let b_after_a = with(peppers(Some("b"), &["a"]));
    let b_alone = with(peppers(Some("b"), &[]));

    let bare = hash(&none, PHRASE).await;
    assert_eq!(verify(&a, PHRASE, &bare).await, Verdict::Outdated);

    let with_a = hash(&a, PHRASE).await;
    assert!(
        with_a.contains("$m=7168,t=5,p=1,keyid=YQ$"),
        "the id in base64: {with_a}"
    );
    assert_eq!(verify(&a, PHRASE, &with_a).await, Verdict::Right);
    assert_eq!(verify(&a, "wrong", &with_a).await, Verdict::Wrong);
    assert_eq!(verify(&b_after_a, PHRASE, &with_a).await, Verdict::Outdated);
    // Without its pepper a hash is worth nothing.
    assert_eq!(verify(&b_alone, PHRASE, &with_a).await, Verdict::Wrong);
    assert_eq!(verify(&none, PHRASE, &with_a).await, Verdict::Wrong);
    let torn_off = with_a.replace(",keyid=YQ", "");
    assert_eq!(verify(&none, PHRASE, &torn_off).await, Verdict::Wrong);

    let with_b = hash(&b_after_a, PHRASE).await;
    assert_eq!(verify(&b_after_a, PHRASE, &with_b).await, Verdict::Right);
    assert_eq!(verify(&b_after_a, PHRASE, &bare).await, Verdict::Outdated);
}

/// Made by the reference implementation, the pepper as its secret.
#[tokio::test]
async fn the_pepper_is_the_secret_of_argon2() {
    let stored = "$argon2id$v=19$m=7168,t=5,p=1,keyid=azE$c2FsdHNhbHRzYWx0c2FsdA$3ET1Vg9zwggpeIsYIcX3ATCWF65TPbaLf2xfyZE0q6A";
    let hasher = with(peppers(Some("k1"), &[]));
    assert_eq!(verify(&hasher, PHRASE, stored).await, Verdict::Right);
    assert_eq!(verify(&hasher, "wrong", stored).await, Verdict::Wrong);
}
