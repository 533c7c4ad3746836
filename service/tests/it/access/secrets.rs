//! Tokens, sessions and invitations of a side: by what is handed out once.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Statement};
use service::secret::{Password, PlainToken, TokenKind};
use service::{Db, Intent, Invited, NewInvitation, NewSession, Opened, Purpose, Tenant, User};
use uuid::Uuid;

use super::stage::Pair;

/// Of all that is in the stage.
pub(crate) const PASSWORD: &str = "seven quiet herons at dawn";

/// One of each.
pub(crate) struct Secrets {
    tokens: HashMap<Purpose, String>,
    pub(crate) session: String,
    pub(crate) session_id: Uuid,
    pub(crate) invitation: String,
    pub(crate) invitation_id: Uuid,
}

impl Secrets {
    /// Well-formed, and of no row.
    pub(crate) fn unknown(db: &Db, id: Uuid) -> Self {
        let plain = |kind| {
            let (token, _) = PlainToken::generate(kind, id, db.random());
            token.reveal().to_owned()
        };
        let (invitation, _) = PlainToken::invitation(id, id, db.random());
        Self {
            tokens: Purpose::ALL
                .map(|purpose| (purpose, plain(purpose.kind())))
                .into(),
            session: plain(TokenKind::Session),
            session_id: id,
            invitation: invitation.reveal().to_owned(),
            invitation_id: id,
        }
    }

    pub(crate) fn token(&self, purpose: Purpose) -> &str {
        &self.tokens[&purpose]
    }
}

pub(crate) fn password() -> Password {
    PASSWORD.parse().expect("a password")
}

/// The user has a password, and of everything one that can be used and one that has ended.
pub(super) async fn secrets(db: &Db, tenant: &Tenant, slug: &str, user: &User) -> Pair<Secrets> {
    let set = db.passwords().set(user.id, &password()).await;
    set.expect("a password");
    let deleted = made(db, tenant, slug, user).await;
    let ended = db.sessions().revoke(user.id, deleted.session_id).await;
    ended.expect("ended");
    let admin = tenant.admin().expect("an admin");
    let taken_back = admin.invitations().revoke(deleted.invitation_id).await;
    taken_back.expect("taken back");
    // Each new token takes the one before back.
    let live = made(db, tenant, slug, user).await;
    Pair { live, deleted }
}

async fn made(db: &Db, tenant: &Tenant, slug: &str, user: &User) -> Secrets {
    let new_address = format!("{slug}-new@users.test");
    let to = new_address.parse().expect("an address");
    let mut tokens = HashMap::new();
    for intent in [
        Intent::VerifyEmail,
        Intent::ResetPassword,
        Intent::SignIn,
        Intent::ChangeEmail { to },
    ] {
        let purpose = intent.purpose();
        let issued = db.verification_tokens().issue(intent, user.id, None).await;
        let token = issued.expect("a token").token;
        tokens.insert(purpose, token.reveal().to_owned());
    }
    let new = NewSession {
        application_id: Some(tenant.application_id()),
        ..NewSession::default()
    };
    let opened = db.sessions().open(user.id, new).await;
    let Opened { token, session } = opened.expect("a session");
    // Seen in an hour: however slow the machine, no use of it is due to be noted.
    let seen = session.last_seen_at + chrono::TimeDelta::hours(1);
    let statement = Statement::from_sql_and_values(
        db.backend(),
        "UPDATE sessions SET last_seen_at = $1 WHERE id = $2",
        [seen.into(), session.id.into()],
    );
    db.execute_raw(statement).await.expect("changes");
    let invited = invite(tenant, &format!("{slug}-invitee@users.test")).await;
    Secrets {
        tokens,
        session: token.reveal().to_owned(),
        session_id: session.id,
        invitation: invited.token.reveal().to_owned(),
        invitation_id: invited.invitation.id,
    }
}

async fn invite(tenant: &Tenant, email: &str) -> Invited {
    let new = NewInvitation {
        email: email.parse().expect("an address"),
        roles: vec!["member".parse().expect("a key")],
    };
    let invitations = tenant.admin().expect("an admin").invitations();
    invitations.create(new, None).await.expect("an invitation")
}
