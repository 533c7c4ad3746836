//! What a new password must be.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::blocklist;
use crate::error::{Error, Result};
use crate::secret::Password;

/// Runs along the alphabet, the digits and the rows and columns of keyboards; each begins anew at its end.
const RUNS: [&str; 9] = [
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Longest unit whose repetition adds nothing to it.
const SHORT_UNIT: usize = 8;
/// Shortest word of the user's own that is looked for.
const OWN_WORD: usize = 3;
/// Fewest characters that must be left beside such words.
const OWN_REST: usize = 6;

/// Refuses a new password that is shorter than `min_length` Unicode code points, that is one of the first to be tried, or that
/// is made of what is known `about` its user: e-mail address, username, names. It may be of any characters (NIST
/// SP 800-63B-4 §3.1.1.2).
///
/// # Errors
///
/// [`Error::Invalid`] says which of these it is.
pub(crate) fn check(password: &Password, min_length: usize, about: &[&str]) -> Result<()> {
    let refused = |reason: &str| Err(Error::invalid("password", reason));
    if password.code_points() < min_length {
        return refused(&format!("is too short: it takes {min_length} characters"));
    }
    let lower = lower(password.as_str());
    if blocklist::holds(&lower) || is_pattern(&lower) || is_pattern(&without_separators(&lower)) {
        return refused("is one of the most common passwords");
    }
    if is_own(&lower, about) {
        return refused("is the user's own address or name");
    }
    Ok(())
}

fn lower(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_lowercase())
}

fn without_separators(text: &str) -> Zeroizing<String> {
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, '-' | '_' | '.');
    Zeroizing::new(
        text.chars()
            .filter(|letter| !is_separator(*letter))
            .collect(),
    )
}

/// Whether it is one thing over and over, or one run.
fn is_pattern(lower: &str) -> bool {
    let letters: Zeroizing<Vec<char>> = Zeroizing::new(lower.chars().collect());
    repeats(&letters) || runs(lower, letters.len())
}

/// Whether it is one short unit, or one common password, over and over; the last time may be cut off.
fn repeats(letters: &[char]) -> bool {
    (1..=letters.len() / 2)
        .find(|&unit| letters[unit..] == letters[..letters.len() - unit])
        .is_some_and(|unit| {
            unit <= SHORT_UNIT || {
                let unit: Zeroizing<String> = Zeroizing::new(letters[..unit].iter().collect());
                blocklist::holds(&unit)
            }
        })
}

/// Whether it is one run, forwards or backwards.
fn runs(lower: &str, letters: usize) -> bool {
    let backwards: Zeroizing<String> = Zeroizing::new(lower.chars().rev().collect());
    RUNS.iter().any(|run| {
        let run = run.repeat(letters / run.len() + 2);
        !lower.is_empty() && (run.contains(lower) || run.contains(backwards.as_str()))
    })
}

/// Whether little is left of it without the user's own words.
fn is_own(lower: &str, about: &[&str]) -> bool {
    let whole = alphanumeric(lower);
    let mut rest = whole.clone();
    for word in own_words(about) {
        rest = Zeroizing::new(rest.replace(&word, ""));
    }
    rest.len() < whole.len() && rest.chars().count() < OWN_REST
}

/// The words to look for, the longest first: each text itself, the local part of an address, and the words of both.
fn own_words(about: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for text in about {
        let text = text.nfkc().collect::<String>().to_lowercase();
        let local = text
            .rsplit_once('@')
            .map_or(text.as_str(), |(local, _)| local);
        words.push(alphanumeric(&text).to_string());
        words.push(alphanumeric(local).to_string());
        words.extend(
            local
                .split(|letter: char| !letter.is_alphanumeric())
                .map(str::to_owned),
        );
    }
    words.retain(|word| word.chars().nth(OWN_WORD - 1).is_some());
    words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

fn alphanumeric(text: &str) -> Zeroizing<String> {
    Zeroizing::new(
        text.chars()
            .filter(|letter| letter.is_alphanumeric())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::check;

    /// Why it is refused, as the end of the message.
    fn refusal(password: &str, about: &[&str]) -> Option<String> {
        check(&password.parse().unwrap(), 15, about)
            .err()
            .map(|error| error.to_string())
    }

    const COMMON: &str = "password is one of the most common passwords";
    const OWN: &str = "password is the user's own address or name";

    #[test]
    fn length_is_counted_in_code_points_of_the_normal_form() {
        let short = Some("password is too short: it takes 15 characters".to_owned());
        assert_eq!(refusal("fourteen chars", &[]), short);
        assert_eq!(refusal("fifteen chars ✓", &[]), None);
        assert_eq!(refusal("🦀🐙🦑🦞🦐🦪🐚🐌🦋🐛🐜🐝🪲🐞🦗", &[]), None);
        // Fifteen as typed, fourteen when composed.
        assert_eq!(refusal("fourteen mare\u{301}", &[]), short);
        let eight = check(&"kahvi-7x".parse().unwrap(), 8, &[]);
        assert!(eight.is_ok(), "{eight:?}");
    }

    #[test]
    fn nothing_else_is_demanded() {
        for password in [
            "correct horse battery staple",
            "der kater schläft gern",
            "all lower case letters",
            "      7 x 6 = 42",
            "8402957310462859",
            "lieu d'où l'on vient",
        ] {
            assert_eq!(refusal(password, &["ada@example.com"]), None, "{password}");
        }
    }

    #[test]
    fn common_ones_are_refused_in_any_case() {
        for password in ["QWERTYUIOP123456", "ThisIsMyPassword", "passWord123456789"] {
            assert_eq!(
                refusal(password, &[]).as_deref(),
                Some(COMMON),
                "{password}"
            );
        }
        assert!(check(&"Password123".parse().unwrap(), 8, &[]).is_err());
    }

    #[test]
    fn repetitions_are_refused() {
        for password in [
            "aaaaaaaaaaaaaaa",
            "               ",
            "abcabcabcabcabc",
            "passwordpassword",
            "PasswordPasswordPass",
            "liverpoolliverpool",
            "hunter2 hunter2 hunter2",
            "🦀🐙🦀🐙🦀🐙🦀🐙🦀🐙🦀🐙🦀🐙🦀🐙",
        ] {
            assert_eq!(
                refusal(password, &[]).as_deref(),
                Some(COMMON),
                "{password}"
            );
        }
        assert_eq!(
            refusal("kf83hslq0vkf83hslq0v", &[]),
            None,
            "ten characters twice"
        );
    }

    #[test]
    fn runs_are_refused_in_both_directions() {
        for password in [
            "123456789012345",
            "098765432109876",
            "qwertyuiopasdfgh",
            "hgfdsapoiuytrewq",
            "abcdefghijklmnop",
            "ponmlkjihgfedcba",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG",
            "1qaz2wsx3edc4rfv5tgb",
            "q1w2e3r4t5y6u7i8",
            "1234-5678-9012-3456",
        ] {
            assert_eq!(
                refusal(password, &[]).as_deref(),
                Some(COMMON),
                "{password}"
            );
        }
    }

    #[test]
    fn the_users_own_words_are_refused() {
        let about = [
            "ada.lovelace@example.com",
            "countess_ada",
            "Ada King Lovelace",
            "Ada",
            "Łukasz",
        ];
        for password in [
            "ada.lovelace@example.com",
            "AdaLovelaceAdaLovelace",
            "Lovelace-Ada-King!!",
            "countess_ada_12345",
            "ada king lovelace 1815",
            "łukasz, ŁUKASZ, 12345",
            "ＡｄａLovelaceCountess_Ada",
        ] {
            assert_eq!(
                refusal(password, &about).as_deref(),
                Some(OWN),
                "{password}"
            );
        }
        for password in [
            "ada plays the cello",
            "my cat is not lovelace",
            "fourteen chars ✓",
        ] {
            assert_eq!(refusal(password, &about), None, "{password}");
        }
    }

    #[test]
    fn short_words_and_foreign_ones_do_not_count() {
        assert_eq!(
            refusal("jo and al went home", &["jo@al.de", "Jo", ""]),
            None
        );
        assert_eq!(
            refusal("!!!!!???!!!!!??#", &["ada@example.com"]),
            None,
            "nothing was taken away"
        );
    }
}
