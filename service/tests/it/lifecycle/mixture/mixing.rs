//! Rows of every kind, live and deleted, with every kind of relation, as the dice fall.

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{
    application_memberships, applications, client_users, clients, domains, email_recipients,
    emails, invitation_roles, invitations, mailboxes, membership_roles, role_permissions, roles,
    sessions, user_passwords, users, verification_tokens,
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde_json::json;
use service::Db;
use uuid::Uuid;

/// Xorshift: the same mixture for the same seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("small")
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

pub(super) struct Mixture {
    pub(super) db: Db,
    pub(super) dice: Dice,
    pub(super) now: DateTime<FixedOffset>,
}

type Mark = (Option<DateTime<FixedOffset>>, Option<Uuid>);

impl Mixture {
    fn id(&self) -> Uuid {
        self.db.new_id()
    }

    /// Live, deleted just now, or deleted long ago, with many of one instant.
    fn mark(&mut self) -> Mark {
        let days = match self.dice.roll(5) {
            0 | 1 => return (None, None),
            2 => 1,
            3 => 40,
            _ => 41 + i64::try_from(self.dice.roll(3)).expect("small"),
        };
        (
            Some(self.now - TimeDelta::days(days)),
            Some(Uuid::from_u128(7)),
        )
    }

    fn ended(&mut self) -> Option<DateTime<FixedOffset>> {
        match self.dice.roll(4) {
            0 => Some(self.now - TimeDelta::days(1)),
            1 => Some(self.now - TimeDelta::days(50)),
            _ => None,
        }
    }

    fn expires(&mut self) -> DateTime<FixedOffset> {
        let days = self.dice.any(&[-50, -2, 20, 20]);
        self.now + TimeDelta::days(days)
    }
}

macro_rules! put {
    ($mixture:expr, $model:expr) => {
        $model
            .into_active_model()
            .insert(&$mixture.db)
            .await
            .expect("a row")
    };
}

#[expect(clippy::too_many_lines, reason = "a row of each kind")]
pub(super) async fn mix(m: &mut Mixture) {
    let (mut all_users, mut all_applications) = (Vec::new(), Vec::new());
    let old = m.now - TimeDelta::days(60);
    for n in 0..14 {
        let (deleted_at, deletion_id) = m.mark();
        let id = m.id();
        put!(
            m,
            users::Model {
                id,
                email: format!("u{n}@x.test"),
                username: None,
                name: None,
                given_name: None,
                family_name: None,
                picture: None,
                email_verified_at: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_users.push(id);
        if m.dice.roll(2) == 0 {
            put!(
                m,
                user_passwords::Model {
                    user_id: id,
                    password_hash: "$x$".into(),
                    created_at: old,
                    updated_at: old
                }
            );
        }
    }
    for n in 0..6 {
        let (deleted_at, deletion_id) = m.mark();
        let id = m.id();
        put!(
            m,
            applications::Model {
                id,
                public_id: format!("application{n}"),
                slug: format!("a{n}"),
                name: "A".into(),
                description: None,
                created_by: None,
                compute_id: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_applications.push(id);
    }
    for n in 0..40u8 {
        let user_id = m.dice.any(&all_users);
        let application_id = (m.dice.roll(2) == 0).then(|| m.dice.any(&all_applications));
        let (revoked_at, expires_at) = (m.ended(), m.expires());
        put!(
            m,
            sessions::Model {
                id: m.id(),
                secret_hash: vec![n; 32],
                user_id,
                application_id,
                last_seen_at: old,
                expires_at,
                revoked_at,
                ip: None,
                user_agent: None,
                created_at: old,
                updated_at: old,
                rotated_at: None,
            }
        );
        let (consumed_at, revoked_at, expires_at) = (m.ended(), m.ended(), m.expires());
        let updated_at = consumed_at.max(revoked_at).unwrap_or(old);
        put!(
            m,
            verification_tokens::Model {
                id: m.id(),
                purpose: "magic_link".into(),
                secret_hash: vec![n; 32],
                user_id,
                email: None,
                payload: json!({}),
                expires_at,
                consumed_at,
                revoked_at,
                created_at: old,
                updated_at,
            }
        );
    }
    for application_id in all_applications {
        inside(m, application_id, &all_users).await;
    }
}

#[expect(clippy::too_many_lines, reason = "a row of each kind")]
async fn inside(m: &mut Mixture, application_id: Uuid, all_users: &[Uuid]) {
    let old = m.now - TimeDelta::days(60);
    let (mut members, mut all_roles, mut all_clients) = (Vec::new(), Vec::new(), Vec::new());
    let (mut all_domains, mut all_mailboxes) = (Vec::new(), Vec::new());
    for user_id in all_users {
        if m.dice.roll(3) > 0 {
            let (deleted_at, deletion_id) = m.mark();
            put!(
                m,
                application_memberships::Model {
                    application_id,
                    user_id: *user_id,
                    email: None,
                    created_at: old,
                    updated_at: old,
                    deleted_at,
                    deletion_id,
                }
            );
            members.push(*user_id);
        }
    }
    for n in 0..6 {
        let (deleted_at, deletion_id) = m.mark();
        let id = m.id();
        put!(
            m,
            roles::Model {
                application_id,
                id,
                key: format!("r{n}"),
                name: "R".into(),
                description: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        put!(
            m,
            role_permissions::Model {
                application_id,
                role_id: id,
                permission: "a.b".into(),
                created_at: old,
                updated_at: old,
            }
        );
        all_roles.push(id);
        for user_id in &members {
            if m.dice.roll(3) == 0 {
                put!(
                    m,
                    membership_roles::Model {
                        application_id,
                        user_id: *user_id,
                        role_id: id,
                        granted_by: None,
                        created_at: old,
                        updated_at: old,
                    }
                );
            }
        }
    }
    for n in 0..10u8 {
        let (deleted_at, deletion_id) = m.mark();
        let (id, created_by) = (m.id(), Some(m.dice.any(all_users)));
        put!(
            m,
            clients::Model {
                application_id,
                id,
                name: "C".into(),
                email: None,
                phone: None,
                metadata: json!({"n": 1}),
                created_by,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_clients.push(id);
        let user_id = m.dice.any(&members);
        put!(
            m,
            client_users::Model {
                application_id,
                client_id: id,
                user_id,
                created_at: old,
                updated_at: old
            }
        );
        let (accepted_at, expires_at) = (m.ended(), m.expires());
        let (id, invited_by) = (m.id(), Some(m.dice.any(all_users)));
        put!(
            m,
            invitations::Model {
                application_id,
                id,
                email: format!("i{n}@x.test"),
                secret_hash: vec![n; 32],
                invited_by,
                expires_at,
                accepted_at,
                revoked_at: None,
                created_at: old,
                updated_at: accepted_at.unwrap_or(old),
            }
        );
        let role_id = m.dice.any(&all_roles);
        put!(
            m,
            invitation_roles::Model {
                application_id,
                invitation_id: id,
                role_id,
                created_at: old,
                updated_at: old
            }
        );
        let (deleted_at, deletion_id) = m.mark();
        let (id, created_by) = (m.id(), Some(m.dice.any(all_users)));
        put!(
            m,
            domains::Model {
                application_id,
                id,
                name: format!("d{n}.test"),
                created_by,
                challenge: "x".repeat(20),
                verified_at: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_domains.push((id, n));
    }
    for n in 0..16 {
        let (deleted_at, deletion_id) = m.mark();
        let (domain_id, domain) = m.dice.any(&all_domains);
        let (id, user_id) = (m.id(), (m.dice.roll(2) == 0).then(|| m.dice.any(&members)));
        put!(
            m,
            mailboxes::Model {
                application_id,
                id,
                domain_id,
                local_part: format!("m{n}"),
                email: format!("m{n}@d{domain}.test"),
                user_id,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
            }
        );
        all_mailboxes.push(id);
    }
    for n in 0..40 {
        let (deleted_at, deletion_id) = m.mark();
        let mailbox_id = (m.dice.roll(4) > 0).then(|| m.dice.any(&all_mailboxes));
        let (id, user_id) = (m.id(), (m.dice.roll(2) == 0).then(|| m.dice.any(&members)));
        put!(
            m,
            emails::Model {
                application_id,
                id,
                mailbox_id,
                user_id,
                from_address: "x@y.test".into(),
                subject: "S".into(),
                body: "B".into(),
                body_html: None,
                message_id: Some(format!("{n}")),
                in_reply_to: None,
                sent_at: Some(old),
                received_at: None,
                created_at: old,
                updated_at: old,
                deleted_at,
                deletion_id,
                thread_id: Some(id),
            }
        );
        for address in ["a@y.test", "b@y.test"] {
            put!(
                m,
                email_recipients::Model {
                    application_id,
                    email_id: id,
                    kind: "to".into(),
                    address: address.into(),
                    created_at: old,
                    updated_at: old,
                }
            );
        }
    }
}
