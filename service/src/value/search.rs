//! What is looked for in texts.

use super::text_value;

/// In characters.
const MAX: usize = 200;

/// Words to look for, as people write them: all of them must occur; `"two words"` one after the other; `-word` must not
/// occur; `or` between words means that one side of it will do. At most 200 characters.
///
/// Each alternative has a word that must occur: to ask only for what does not occur is to ask for nearly everything.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SearchText {
    text: String,
}

text_value!(SearchText of "text");

/// A word, or some that follow each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Term<'a> {
    pub(crate) text: &'a str,
    /// It must not occur.
    pub(crate) not: bool,
}

impl SearchText {
    fn checked(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().nth(MAX).is_some() {
            return Err(format!("is longer than {MAX} characters"));
        }
        if text.contains(|character: char| character.is_control()) {
            return Err("has a control character".into());
        }
        let alternatives = alternatives(text);
        if alternatives.is_empty() {
            return Err("has no word to look for".into());
        }
        if alternatives
            .iter()
            .any(|terms| terms.iter().all(|term| term.not))
        {
            return Err("says only what must not occur".into());
        }
        Ok(Self {
            text: text.to_owned(),
        })
    }

    /// The alternatives, each the terms that are asked for together.
    pub(crate) fn alternatives(&self) -> Vec<Vec<Term<'_>>> {
        alternatives(&self.text)
    }
}

fn alternatives(text: &str) -> Vec<Vec<Term<'_>>> {
    let mut all = vec![Vec::new()];
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (not, after) = match rest.strip_prefix('-') {
            Some(after) => (true, after),
            None => (false, rest),
        };
        let quoted = after.strip_prefix('"');
        let (word, after) = if let Some(inside) = quoted {
            inside.split_once('"').unwrap_or((inside, ""))
        } else {
            let end = after.find([' ', '"']).unwrap_or(after.len());
            after.split_at(end)
        };
        // What stands around a word is no part of it.
        let term = word.trim_matches(|character: char| !character.is_alphanumeric());
        if quoted.is_none() && !not && word.eq_ignore_ascii_case("or") {
            all.push(Vec::new());
        } else if let (false, Some(terms)) = (term.is_empty(), all.last_mut()) {
            terms.push(Term { text: term, not });
        }
        rest = after.trim_start();
    }
    all.retain(|terms| !terms.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<Vec<String>> {
        let text: SearchText = text.parse().expect("words");
        let shown = |term: &Term<'_>| format!("{}{}", if term.not { "-" } else { "" }, term.text);
        text.alternatives()
            .iter()
            .map(|terms| terms.iter().map(shown).collect())
            .collect()
    }

    #[test]
    fn words_are_told_apart_as_people_mean_them() {
        assert_eq!(terms("two  words"), [["two", "words"]]);
        assert_eq!(terms("\"two words\" three"), [["two words", "three"]]);
        assert_eq!(terms("bread -rye"), [["bread", "-rye"]]);
        assert_eq!(terms("a OR b"), [["a"], ["b"]]);
        assert_eq!(terms("\"or\" else"), [["or", "else"]]);
        assert_eq!(terms("\"never closed"), [["never closed"]]);
        assert_eq!(terms("(order), #17!"), [["order", "17"]]);
        assert_eq!(terms("or a or"), [["a"]]);
    }

    #[test]
    fn what_asks_for_nothing_or_nearly_everything_is_refused() {
        for text in [
            "",
            "   ",
            "-",
            "!!!",
            "or",
            "-rye",
            "bread or -rye",
            "\"\"",
            "a\0b",
        ] {
            assert!(text.parse::<SearchText>().is_err(), "{text:?}");
        }
        assert!("a".repeat(201).parse::<SearchText>().is_err());
    }
}
