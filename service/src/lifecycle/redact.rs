//! Taking a person out of a text.

use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

/// What stands in the place of a name.
pub(super) const ERASED: &str = "[erased]";

/// Finds a person's addresses, and where it is meant the names too, however they are written: in capitals or not, a letter
/// with its marks as one or as several, an address with `%40` as it stands in links, its domain in its own script.
#[derive(Debug)]
pub(super) struct Redactor {
    addresses: Vec<Needle>,
    words: Vec<Needle>,
    /// What stands in the place of an address.
    tombstone: String,
}

#[derive(Debug)]
struct Needle {
    /// In lower case.
    letters: Vec<char>,
    is_address: bool,
}

impl Redactor {
    pub(super) fn new(addresses: &[String], words: &[String], tombstone: &str) -> Self {
        let needle = |text: String, is_address| Needle {
            letters: text.chars().flat_map(char::to_lowercase).collect(),
            is_address,
        };
        let sorted = |mut needles: Vec<Needle>| {
            needles.sort_by_key(|needle| std::cmp::Reverse(needle.letters.len()));
            needles
        };
        let spellings = addresses.iter().flat_map(|address| spellings(address));
        let words = words.iter().flat_map(|word| {
            [
                word.nfc().collect::<String>(),
                word.nfd().collect::<String>(),
            ]
        });
        Self {
            addresses: sorted(spellings.map(|text| needle(text, true)).collect()),
            words: sorted(words.map(|text| needle(text, false)).collect()),
            tombstone: tombstone.to_owned(),
        }
    }

    /// The text without the addresses; `None`: there are none in it.
    pub(super) fn addresses(&self, text: &str) -> Option<String> {
        self.replace(text, &[&self.addresses])
    }

    /// The text without the addresses and names; `None`: there are none in it.
    pub(super) fn all(&self, text: &str) -> Option<String> {
        self.replace(text, &[&self.addresses, &self.words])
    }

    /// Every text of the document, keys included.
    pub(super) fn json(&self, json: &Json, names_too: bool) -> Json {
        let text = |text: &String| {
            let found = if names_too {
                self.all(text)
            } else {
                self.addresses(text)
            };
            found.unwrap_or_else(|| text.clone())
        };
        match json {
            Json::String(value) => Json::String(text(value)),
            Json::Array(items) => items
                .iter()
                .map(|item| self.json(item, names_too))
                .collect(),
            Json::Object(map) => map
                .iter()
                .map(|(key, value)| (text(key), self.json(value, names_too)))
                .collect(),
            plain => plain.clone(),
        }
    }

    fn replace(&self, text: &str, needles: &[&[Needle]]) -> Option<String> {
        // Each letter in lower case, with where the one that it comes from stands.
        let letters: Vec<(usize, char)> = text
            .char_indices()
            .flat_map(|(at, letter)| letter.to_lowercase().map(move |lower| (at, lower)))
            .collect();
        let mut result = String::new();
        let (mut place, mut copied) = (0, 0);
        while place < letters.len() {
            let found = needles
                .iter()
                .flat_map(|some| some.iter())
                .find_map(|needle| Some((needle, needle.ends(text, &letters, place)?)));
            let Some((needle, end)) = found else {
                place += 1;
                continue;
            };
            result.push_str(&text[copied..letters[place].0]);
            result.push_str(if needle.is_address {
                &self.tombstone
            } else {
                ERASED
            });
            copied = end;
            place += needle.letters.len();
        }
        if copied == 0 {
            return None;
        }
        result.push_str(&text[copied..]);
        Some(result)
    }
}

impl Needle {
    /// Where it ends, in bytes, if it stands at this place by itself.
    fn ends(&self, text: &str, letters: &[(usize, char)], place: usize) -> Option<usize> {
        let found = letters.get(place..place + self.letters.len())?;
        if !found.iter().map(|(_, letter)| letter).eq(&self.letters) {
            return None;
        }
        let start = letters[place].0;
        if place > 0 && letters[place - 1].0 == start {
            return None;
        }
        let end = match letters.get(place + self.letters.len()) {
            Some((at, _)) if *at == found.last()?.0 => return None,
            Some((at, _)) => *at,
            None => text.len(),
        };
        let (before, after) = (text[..start].chars().next_back(), &text[end..]);
        let alone = if self.is_address {
            !self.goes_on_before(&text[..start]) && !goes_on_after(after)
        } else {
            !before.is_some_and(char::is_alphanumeric)
                && !after.chars().next().is_some_and(char::is_alphanumeric)
        };
        alone.then_some(end)
    }

    /// `nada@x.io`, `x+ada@x.io` and `o'ada@x.io` are addresses of others. In `'ada@x.io'` it is quoted, and in
    /// `?to=ada@x.io` a value begins; where `@` is written `%40`, it is all in a link.
    fn goes_on_before(&self, before: &str) -> bool {
        let mut run = before.chars().rev().take_while(|letter| is_atext(*letter));
        match run.next() {
            None => false,
            Some('/' | '=' | '&' | '?' | '#') if self.letters.contains(&'%') => false,
            Some('=') => {
                let name: Vec<_> = run.collect();
                !name.iter().any(|letter| matches!(letter, '?' | '&'))
                    && name.iter().any(|letter| letter.is_alphanumeric())
            }
            Some('.' | '_' | '+' | '-') => true,
            Some(letter) => letter.is_alphanumeric() || run.any(char::is_alphanumeric),
        }
    }
}

/// What may stand in the part of an address before the `@` (RFC 5322 §3.2.3, RFC 6531 §3.3).
fn is_atext(letter: char) -> bool {
    letter.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(letter)
}

/// So are `ada@x.io.uk` and `ada@x.io-y.uk`; in `ada@x.io.` a sentence ends.
fn goes_on_after(rest: &str) -> bool {
    let mut letters = rest.chars();
    match letters.next() {
        Some('.' | '-') => letters.next().is_some_and(char::is_alphanumeric),
        Some(letter) => letter.is_alphanumeric(),
        None => false,
    }
}

/// The ways in which an address is written.
pub(super) fn spellings(address: &str) -> Vec<String> {
    let mut all = vec![address.to_owned(), address.replace('@', "%40")];
    if let Some((local, domain)) = address.split_once('@') {
        let (own_script, _) = idna::domain_to_unicode(domain);
        if own_script != domain {
            all.push(format!("{local}@{own_script}"));
        }
    }
    all
}

/// The first characters of the text, as many as a column takes.
pub(super) fn at_most(text: String, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        let list = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        Redactor::new(
            &list(&["ada@x.io", "zoë@xn--exmple-cua.com"]),
            &list(&["Ada Lovelace", "Ada", "Zoë", "ada_l"]),
            "gone@erased.invalid",
        )
    }

    #[test]
    fn addresses_go_and_those_of_others_stay() {
        let redactor = redactor();
        for (text, expected) in [
            ("Ada@X.io", "gone@erased.invalid"),
            ("<ADA@x.io>, bob@x.io", "<gone@erased.invalid>, bob@x.io"),
            ("mail ada@x.io.", "mail gone@erased.invalid."),
            ("?to=ada%40x.io&x=1", "?to=gone@erased.invalid&x=1"),
            ("Zoë@exämple.com", "gone@erased.invalid"),
            ("to 'ada@x.io'", "to 'gone@erased.invalid'"),
            ("*ada@x.io*", "*gone@erased.invalid*"),
            (
                "https://y.io/?to=ada@x.io",
                "https://y.io/?to=gone@erased.invalid",
            ),
            (
                "https://y.io/ada%40x.io",
                "https://y.io/gone@erased.invalid",
            ),
        ] {
            assert_eq!(
                redactor.addresses(text).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        for others in [
            "nada@x.io",
            "x+ada@x.io",
            "o'ada@x.io",
            "x=ada@x.io",
            "x/ada@x.io",
            "x&ada@x.io",
            "x!ada@x.io",
            "x{ada@x.io",
            "ada@x.io.uk",
            "ada@x.ion",
            "Ada",
            "",
        ] {
            assert_eq!(redactor.addresses(others), None, "{others}");
        }
    }

    #[test]
    fn names_go_as_whole_words() {
        let redactor = redactor();
        for (text, expected) in [
            ("Dear ADA LOVELACE,", "Dear [erased],"),
            ("Ada's and ada_l's", "[erased]'s and [erased]'s"),
            ("Zoe\u{308}!", "[erased]!"),
            ("Adam, İada, Ada", "Adam, İada, [erased]"),
            ("ada@x.io (Ada)", "gone@erased.invalid ([erased])"),
        ] {
            assert_eq!(redactor.all(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(redactor.all("Adam and Nevada"), None);
    }

    #[test]
    fn documents_keep_their_shape() {
        let json = serde_json::json!({"ada@x.io": ["Ada", 1, null], "n": {"a": "to ada@x.io"}});
        assert_eq!(
            redactor().json(&json, true),
            serde_json::json!({"gone@erased.invalid": ["[erased]", 1, null], "n": {"a": "to gone@erased.invalid"}})
        );
    }
}
