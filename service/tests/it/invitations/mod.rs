//! Invitations: the way into an application, for whoever reads the mail of an address, once, for a time.

mod accepting;
mod creating;
mod ended;
mod inviters;
mod listing;
mod newcomers;
mod racing;
mod renewing;

use service::{Application, Error, InvitationState, Invited, NewInvitation, Tenant};
use uuid::Uuid;

use crate::people::{People, with_people};
use crate::world::user;

with_people!(
    what_is_no_token_is_refused_without_a_statement,
    a_token_leads_into_its_own_application_alone,
    no_secret_is_shown,
);

const GUEST: &str = "guest@x.io";

fn new(address: &str, roles: &[&str]) -> NewInvitation {
    let roles = roles.iter().map(|key| key.parse().expect("a key"));
    NewInvitation {
        email: address.parse().expect("an address"),
        roles: roles.collect(),
    }
}

async fn try_invite(tenant: &Tenant, address: &str, roles: &[&str]) -> Result<Invited, Error> {
    let invitations = tenant.admin().expect("an admin").invitations();
    invitations.create(new(address, roles), None).await
}

async fn invite(tenant: &Tenant, address: &str, roles: &[&str]) -> Invited {
    let invited = try_invite(tenant, address, roles).await;
    invited.expect("an invitation")
}

async fn accept(people: &People, invited: &Invited, user_id: Uuid) -> Result<Tenant, Error> {
    let invitations = people.db.invitations();
    invitations.accept(invited.token.reveal(), user_id).await
}

/// A user with this address, who is in no application.
async fn guest(people: &People, address: &str) -> Uuid {
    user(&people.db, address.to_owned(), false).await
}

/// Whether the token could be used.
async fn valid(people: &People, invited: &Invited) -> bool {
    match people.db.invitations().peek(invited.token.reveal()).await {
        Ok(_) => true,
        Err(Error::InvalidToken) => false,
        Err(error) => panic!("{error}"),
    }
}

fn is_invalid<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::InvalidToken))
}

fn is_conflict<T>(result: &Result<T, Error>, on: &str) -> bool {
    matches!(result, Err(Error::Conflict { field }) if field == on)
}

async fn is_member(people: &People, application: &Application, user_id: Uuid) -> bool {
    match people.db.tenant(user_id, application.id).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(error) => panic!("{error}"),
    }
}

/// What has become of it, as the application has it.
async fn state(people: &People, invited: &Invited) -> InvitationState {
    let id = invited.invitation.application_id;
    let system = people.db.system(id, "a look").await.expect("live");
    let invitations = system.admin().expect("the system").invitations();
    let invitation = invitations.get(invited.invitation.id).await;
    let invitation = invitation.expect("a look-up").expect("an invitation");
    invitation.state(people.db.clock().now())
}

async fn what_is_no_token_is_refused_without_a_statement(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    let token = invited.token.reveal().as_bytes();
    assert!(token.starts_with(b"aura_invite_"));
    let mut offered: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\0".to_vec(),
        b"aura_invite_".to_vec(),
        vec![0xff, 0xfe, 0x80],
        vec![b'A'; 1 << 20],
        token[..token.len() - 1].to_vec(),
        token.to_ascii_uppercase(),
        String::from_utf8_lossy(token)
            .replace("invite", "session")
            .into_bytes(),
    ];
    for end in [&b"\0"[..], b"=", b"A", b" ", &[0xff]] {
        offered.push([token, end].concat());
    }
    people.sent.take();
    let invitations = people.db.invitations();
    for token in &offered {
        assert!(is_invalid(&invitations.peek(token).await));
        assert!(is_invalid(&invitations.accept(token, user_id).await));
        let new = service::NewUser::new("other@x.io".parse().expect("an address"));
        let made = invitations.accept_as_new(token, new, None).await;
        assert!(is_invalid(&made));
    }
    assert_eq!(people.sent.take(), Vec::<String>::new());
    assert!(valid(&people, &invited).await);
}

async fn a_token_leads_into_its_own_application_alone(people: People) {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let other = crate::people::team(&people.db, "other").await;
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    let body = invited.token.reveal().strip_prefix("aura_invite_");
    let mut bytes = URL_SAFE_NO_PAD
        .decode(body.expect("its prefix"))
        .expect("base64");
    assert_eq!(bytes[..16], *people.team.application.id.as_bytes());
    bytes[..16].copy_from_slice(other.application.id.as_bytes());
    let forged = format!("aura_invite_{}", URL_SAFE_NO_PAD.encode(bytes));
    let invitations = people.db.invitations();
    assert!(is_invalid(&invitations.peek(&forged).await));
    assert!(is_invalid(&invitations.accept(&forged, user_id).await));
    assert!(!is_member(&people, &other.application, user_id).await);
    // Of all letters each one matters.
    let token = invited.token.reveal();
    for at in 0..token.len() {
        let mut changed = token.to_owned();
        let letter = if &token[at..=at] == "A" { "B" } else { "A" };
        changed.replace_range(at..=at, letter);
        assert!(is_invalid(&invitations.accept(&changed, user_id).await));
    }
    assert!(valid(&people, &invited).await);
}

async fn no_secret_is_shown(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let token = invited.token.reveal();
    let offer = people.db.invitations().peek(token).await.expect("valid");
    let invitation = &invited.invitation;
    let json = serde_json::to_string(invitation).expect("serializes");
    let shown = format!("{invited:?} {offer:?} {invitation:?} {json}");
    // Behind the ids, which are no secret: 32 bytes end in these letters.
    let secret = &token.as_bytes()[token.len() - 42..];
    for part in secret.windows(8).map(String::from_utf8_lossy) {
        assert!(!shown.contains(part.as_ref()), "{shown}");
    }
    assert!(!shown.contains("secret"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let keys = json.as_object().expect("an object").keys();
    let keys: Vec<_> = keys.map(String::as_str).collect();
    let mut expected = vec![
        "accepted_at",
        "application_id",
        "created_at",
        "email",
        "expires_at",
        "id",
        "invited_by",
        "revoked_at",
        "roles",
    ];
    expected.sort_by_key(|key| keys.iter().position(|other| other == key));
    assert_eq!(keys, expected);
}
