//! The id that the world sees.

use super::text_value;
use crate::random::Random;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH: usize = 15;

/// The id of an application that is shown to the world: 10 to 20 ASCII letters and digits, upper and lower case apart.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PublicId {
    text: String,
}

text_value!(PublicId of "public_id");

impl PublicId {
    /// 15 random letters and digits (89 bits), each equally likely.
    #[must_use]
    pub fn generate(random: &Random) -> Self {
        let letter = |_| char::from(ALPHABET[random.below(ALPHABET.len())]);
        Self {
            text: (0..LENGTH).map(letter).collect(),
        }
    }

    fn checked(text: &str) -> Result<Self, String> {
        if (10..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            Ok(Self {
                text: text.to_owned(),
            })
        } else {
            Err("takes 10 to 20 ASCII letters and digits".into())
        }
    }
}
