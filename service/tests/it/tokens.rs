//! Tokens: they read back what they say, show nothing of it, and nothing else reads as one.

use proptest::prelude::*;
use service::Random;
use service::secret::{InvitationToken, PlainToken, Token, TokenKind};
use uuid::Uuid;

const KINDS: [TokenKind; 5] = [
    TokenKind::Session,
    TokenKind::EmailVerification,
    TokenKind::PasswordReset,
    TokenKind::MagicLink,
    TokenKind::EmailChange,
];

#[test]
fn a_token_leads_to_its_row_and_matches_what_is_stored_there() {
    let random = Random::seeded(1);
    for kind in KINDS {
        let id = Uuid::from_u128(7);
        let (plain, stored) = PlainToken::generate(kind, id, &random);
        let stored: Vec<u8> = stored.into();
        assert_eq!(stored.len(), 32);
        let token = Token::parse(kind, plain.reveal()).expect("its own");
        assert_eq!(token.id, id);
        assert!(token.hash.matches(&stored));
        let (_, other) = PlainToken::generate(kind, id, &random);
        let other: Vec<u8> = other.into();
        assert!(!token.hash.matches(&other) && !token.hash.matches(&stored[..31]));
    }
}

#[test]
fn a_token_of_one_kind_is_none_of_another() {
    let random = Random::seeded(1);
    for made in KINDS {
        let (plain, _) = PlainToken::generate(made, Uuid::nil(), &random);
        for read in KINDS {
            assert_eq!(Token::parse(read, plain.reveal()).is_some(), made == read);
        }
    }
}

#[test]
fn an_invitations_token_leads_to_its_row_and_matches_what_is_stored_there() {
    let random = Random::seeded(1);
    let (application_id, id) = (Uuid::from_u128(7), Uuid::from_u128(8));
    let (plain, stored) = PlainToken::invitation(application_id, id, &random);
    let stored: Vec<u8> = stored.into();
    let token = InvitationToken::parse(plain.reveal()).expect("its own");
    assert_eq!((token.application_id, token.id), (application_id, id));
    assert!(token.hash.matches(&stored));
    let (_, other) = PlainToken::invitation(application_id, id, &random);
    assert!(!token.hash.matches(&Vec::from(other)));
}

#[test]
fn an_invitations_token_is_none_of_another_kind() {
    let random = Random::seeded(1);
    let (invitation, _) = PlainToken::invitation(Uuid::nil(), Uuid::nil(), &random);
    for kind in KINDS {
        assert!(Token::parse(kind, invitation.reveal()).is_none());
        let (plain, _) = PlainToken::generate(kind, Uuid::nil(), &random);
        assert!(InvitationToken::parse(plain.reveal()).is_none());
        // Neither under the name of the other.
        let renamed = plain.reveal().replace(kind.prefix(), "aura_invite");
        assert!(InvitationToken::parse(renamed).is_none());
        let renamed = invitation.reveal().replace("aura_invite", kind.prefix());
        assert!(Token::parse(kind, renamed).is_none());
    }
}

#[test]
fn a_token_has_one_spelling() {
    let random = Random::seeded(1);
    let (plain, _) = PlainToken::generate(TokenKind::Session, Uuid::nil(), &random);
    let (invitation, _) = PlainToken::invitation(Uuid::nil(), Uuid::nil(), &random);
    for text in [plain.reveal(), invitation.reveal()] {
        let parses = |token: &[u8]| {
            Token::parse(TokenKind::Session, token).is_some()
                || InvitationToken::parse(token).is_some()
        };
        assert!(parses(text.as_bytes()));
        for more in [&b"="[..], b"==", b" ", b"\n", b"\0", b"A", b"\xff"] {
            assert!(!parses(&[text.as_bytes(), more].concat()));
            assert!(!parses(&[more, text.as_bytes()].concat()));
        }
    }
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let (plain, hash) = PlainToken::generate(TokenKind::Session, Uuid::nil(), &Random::seeded(1));
    let token = Token::parse(TokenKind::Session, plain.reveal()).expect("its own");
    let shown = format!("{plain:?} {hash:?} {token:?}");
    let secret = plain
        .reveal()
        .strip_prefix("aura_session_")
        .expect("a body");
    assert!(!secret.as_bytes().windows(6).any(|part| {
        // The id may be shown, and stands first.
        shown.contains(std::str::from_utf8(part).expect("ASCII")) && part != b"AAAAAA"
    }));
    assert!(shown.contains("PlainToken(aura_session_…)"), "{shown}");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in KINDS {
            prop_assert!(Token::parse(kind, &text).is_none());
            prop_assert!(Token::parse(kind, &bytes).is_none());
            let _ = Token::parse(kind, [kind.prefix().as_bytes(), b"_", &bytes].concat());
            let like_one = format!("{}_{text}", kind.prefix());
            if let Some(token) = Token::parse(kind, &like_one) {
                prop_assert!(text.len() == 64 && token.hash.matches(&Vec::from(token.hash.clone())));
            }
        }
    }

    #[test]
    fn bytes_behind_an_invitations_prefix_are_a_token_where_they_are_letters_of_its_length(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        letters in "[A-Za-z0-9_-]{86}",
    ) {
        prop_assert!(InvitationToken::parse(&bytes).is_none());
        let behind = |body: &[u8]| InvitationToken::parse([b"aura_invite_", body].concat());
        prop_assert!(behind(&bytes).is_none());
        // 86 letters are room for 4 bits more than 64 bytes, which must be none.
        let spare = letters.ends_with(['A', 'Q', 'g', 'w']);
        prop_assert_eq!(behind(letters.as_bytes()).is_some(), spare);
        let mut broken = letters.into_bytes();
        let at = bytes.len() % broken.len();
        broken[at] = 0xff;
        prop_assert!(behind(&broken).is_none());
    }

    #[test]
    fn a_token_with_one_letter_changed_is_none_or_does_not_match(place in 0..77usize, letter in "[A-Za-z0-9_=+/ -]") {
        let (plain, stored) = PlainToken::generate(TokenKind::Session, Uuid::from_u128(7), &Random::seeded(1));
        let stored = Vec::from(stored);
        let mut text = plain.reveal().to_owned();
        text.replace_range(place..=place, &letter);
        prop_assume!(text != plain.reveal());
        if let Some(token) = Token::parse(TokenKind::Session, &text) {
            prop_assert!(token.id != Uuid::from_u128(7) || !token.hash.matches(&stored));
        }
    }
}
