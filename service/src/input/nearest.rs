//! The name that was probably meant.

/// Longer names are compared as far as this, in characters.
const MAX: usize = 64;

/// The known name that is the fewest slips of the hand away. `None`: none is near.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let (slips, nearest) = known
        .iter()
        .map(|known| (slips(name, known), *known))
        .min()?;
    (slips <= (nearest.chars().count() / 3).max(1)).then_some(nearest)
}

/// How many letters have to be put in, taken out, replaced or exchanged with the next; capitals count as small letters.
fn slips(left: &str, right: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        text.chars()
            .take(MAX)
            .map(|letter| letter.to_ascii_lowercase())
            .collect()
    };
    let (left, right) = (letters(left), letters(right));
    // Rows of the table of distances between beginnings; the one before the last is for exchanged letters.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut this = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let mut fewest = (last[column] + usize::from(letter != other))
                .min(last[column + 1] + 1)
                .min(this[column] + 1);
            let exchanged =
                row > 0 && column > 0 && left[row - 1] == *other && right[column - 1] == *letter;
            if exchanged {
                fewest = fewest.min(before[column - 1] + 1);
            }
            this.push(fewest);
        }
        before = std::mem::replace(&mut last, this);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let known = ["email", "name", "given_name", "phone"];
        for (name, meant) in [
            ("emial", Some("email")),
            ("Email", Some("email")),
            ("e-mail", Some("email")),
            ("givenName", Some("given_name")),
            ("nmae", Some("name")),
            ("telephone", None),
            ("is_admin", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &known), meant, "{name}");
        }
        assert_eq!(nearest("name", &[]), None);
    }
}
