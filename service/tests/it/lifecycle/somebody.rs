//! A user who is everywhere: in every table, in one application that others share and in one that was left.

use sea_orm::ConnectionTrait;
use service::{
    ChallengeRecord, ClientPatch, Db, Direction, Intent, Mailbox, NewClient, NewDomain, NewEmail,
    NewInvitation, NewMailbox, NewSession, NewUser, Tenant, User, UserAgent, UserPatch,
};
use uuid::Uuid;

use crate::access::secrets::password;
use crate::people::{People, new_application};

/// What the user is called, and what is stored of the user besides. Nobody else has any of it.
pub(super) const TRACES: [&str; 12] = [
    "zephyrine@quill.test",
    "zephyrine%40quill.test",
    "zephyrine.old@quill.test",
    "zephyrine@mail.test",
    "Zephyrine",
    "Quillfeather",
    "zephquill",
    "Zephy Formerly",
    "portraits.test/zeph",
    "198.51.100.77",
    "2001:db8:77::9",
    "ZephBrowser/7.7",
];

pub(super) struct Somebody {
    pub(super) user: User,
    pub(super) shared: Mailbox,
    /// Others', in the same application: a client, and mail between them.
    pub(super) others: Others,
    /// As the owner of the application.
    pub(super) tenant: Tenant,
}

pub(super) struct Others {
    pub(super) client: Uuid,
    pub(super) email: Uuid,
    pub(super) to_somebody: Uuid,
    pub(super) quoting: Uuid,
    pub(super) about: Uuid,
}

pub(super) async fn somebody(people: &People) -> Somebody {
    let db = &people.db;
    let user = signed_up(db).await;
    let tenant = people.as_owner().await;
    let admin = tenant.admin().expect("an admin");
    admin
        .members()
        .add(user.id, &["admin"])
        .await
        .expect("a member");
    let as_user = db
        .tenant(user.id, tenant.application_id())
        .await
        .expect("a member");
    let domain = NewDomain {
        name: "mail.test".parse().expect("a domain"),
    };
    let domain = tenant.domains().create(domain).await.expect("a claim");
    let record = ChallengeRecord::of(&domain).value;
    tenant
        .domains()
        .verify(domain.id, &[record])
        .await
        .expect("verified");
    let mailbox = async |local: &str, user_id| {
        let new = NewMailbox {
            user_id,
            ..NewMailbox::new(domain.id, local.parse().expect("a local part"))
        };
        tenant.mailboxes().create(new).await.expect("a mailbox")
    };
    let own = mailbox("zephyrine", Some(user.id)).await;
    let shared = mailbox("support", Some(user.id)).await;
    let team = mailbox("team", None).await;
    let others = others(people, &tenant, &as_user, &user, [&own, &shared, &team]).await;
    invited(db, &tenant).await;
    // Was a member elsewhere, too.
    let left = db
        .applications()
        .create(people.team.owner, new_application("left"))
        .await;
    let left = db
        .tenant(people.team.owner, left.expect("made").id)
        .await
        .expect("an owner");
    let members = left.admin().expect("an admin").members();
    members.add(user.id, &["member"]).await.expect("a member");
    set_email(db, left.application_id(), user.id).await;
    members.remove(user.id).await.expect("removed");
    Somebody {
        user,
        shared,
        others,
        tenant,
    }
}

async fn signed_up(db: &Db) -> User {
    let new = NewUser {
        username: Some("zephquill".parse().expect("a username")),
        name: Some("Zephy Formerly".parse().expect("a name")),
        given_name: Some("Zephyrine".parse().expect("a name")),
        family_name: Some("Quillfeather".parse().expect("a name")),
        picture: Some("https://portraits.test/zeph.png".parse().expect("a URL")),
        ..NewUser::new("zephyrine.old@quill.test".parse().expect("an address"))
    };
    let user = db
        .passwords()
        .sign_up(new, &password())
        .await
        .expect("signed up");
    let patch = UserPatch {
        name: service::Change::Set("Zephyrine Quillfeather".parse().expect("a name")),
        ..UserPatch::default()
    };
    db.users().update(user.id, patch).await.expect("renamed");
    let to = "zephyrine@quill.test".parse().expect("an address");
    proved(db, user.id).await;
    let tokens = db.verification_tokens();
    let issued = tokens
        .issue(Intent::ChangeEmail { to }, user.id, None)
        .await;
    let issued = issued.expect("issued");
    let user = tokens
        .change_email(issued.token.reveal())
        .await
        .expect("changed");
    for ip in ["198.51.100.77", "2001:db8:77::9"] {
        let ip = Some(ip.parse().expect("an address"));
        let new = NewSession {
            ip,
            user_agent: UserAgent::from_header("ZephBrowser/7.7"),
            ..NewSession::default()
        };
        let email = user.email.parse().expect("an address");
        let passwords = db.passwords();
        passwords
            .sign_in(&email, &password(), ip, new)
            .await
            .expect("signed in");
    }
    tokens
        .issue(Intent::SignIn, user.id, None)
        .await
        .expect("issued");
    let to = "somebody.else@quill.test".parse().expect("an address");
    tokens
        .issue(Intent::ChangeEmail { to }, user.id, None)
        .await
        .expect("issued");
    user
}

/// Has the user prove the address.
pub(super) async fn proved(db: &Db, user_id: Uuid) {
    let tokens = db.verification_tokens();
    let issued = tokens.issue(Intent::VerifyEmail, user_id, None).await;
    let token = issued.expect("issued").token;
    tokens.verify_email(token.reveal()).await.expect("verified");
}

#[expect(clippy::too_many_lines, reason = "a row of each kind")]
async fn others(
    people: &People,
    tenant: &Tenant,
    as_user: &Tenant,
    user: &User,
    [own, shared, team]: [&Mailbox; 3],
) -> Others {
    let mut client = NewClient::new("Ada's Bakery".parse().expect("a name"));
    client.email = Some("ada@bakery.test".parse().expect("an address"));
    client.phone = Some("+49 30 1234".parse().expect("a phone"));
    let client = as_user.clients().create(client).await.expect("a client").id;
    tenant
        .clients()
        .assign(client, user.id)
        .await
        .expect("assigned");
    let mut about = NewClient::new("Zephyrine Quillfeather".parse().expect("a name"));
    about.email = Some("zephyrine@quill.test".parse().expect("an address"));
    about.phone = Some("+49 30 9876".parse().expect("a phone"));
    let about = tenant.clients().create(about).await.expect("a client").id;
    let patch = ClientPatch {
        metadata: Some(
            serde_json::json!({"cc": ["Zephyrine@Quill.test"], "n": 7, "who": "Zephyrine"})
                .try_into()
                .expect("metadata"),
        ),
        ..ClientPatch::default()
    };
    tenant
        .clients()
        .update(about, patch)
        .await
        .expect("changed");

    let mail = async |from: &str, to: &[&str], text: &str, mailbox: &Mailbox, user_id| {
        let now = people.db.clock().now();
        let mut new = NewEmail::new(Direction::Received, now, from.parse().expect("an address"));
        new.to = to
            .iter()
            .map(|to| to.parse().expect("an address"))
            .collect();
        new.subject = format!("About: {text}").parse().expect("a subject");
        new.body = text.parse().expect("a text");
        new.body_html = Some(format!("<p>{text}</p>").parse().expect("HTML"));
        new.message_id = Some(
            format!("{}.{from}", people.db.new_id().simple())
                .parse()
                .expect("an id"),
        );
        new.mailbox_id = Some(mailbox.id);
        new.user_id = user_id;
        let recorded = tenant.emails().record(new).await.expect("recorded");
        recorded.message.email.id
    };
    // Sent by the user, held by the user, to the user among others, about the user, and none of all these.
    mail(
        "zephyrine@mail.test",
        &["ada@bakery.test"],
        "I am Zephyrine, not Zephyrina",
        team,
        Some(user.id),
    )
    .await;
    mail(
        "zephyrine.old@quill.test",
        &["ada@bakery.test"],
        "Mr. QUILLFEATHER",
        team,
        None,
    )
    .await;
    mail(
        "ada@bakery.test",
        &["support@mail.test"],
        "Dear zephquill, 2 rolls",
        shared,
        None,
    )
    .await;
    mail(
        "bob@x.test",
        &["zephyrine@mail.test"],
        "to your own box",
        own,
        None,
    )
    .await;
    let to_somebody = mail(
        "ada@bakery.test",
        &["zephyrine@quill.test", "bob@x.test"],
        "Dear Zephyrine, dear Bob",
        team,
        None,
    )
    .await;
    let quoting = mail(
        "bob@x.test",
        &["ada@bakery.test"],
        "She is Zephyrina <a href='?to=Zephyrine%40Quill.Test'>zephyrine@QUILL.test</a>, Bob",
        team,
        None,
    )
    .await;
    let email = mail(
        "bob@x.test",
        &["ada@bakery.test"],
        "Dear Ada, nadzephyrina@quill.test",
        team,
        None,
    )
    .await;
    Others {
        client,
        email,
        to_somebody,
        quoting,
        about,
    }
}

async fn invited(db: &Db, tenant: &Tenant) {
    let invitations = tenant.admin().expect("an admin").invitations();
    for email in ["zephyrine.old@quill.test", "guest@x.test"] {
        let new = NewInvitation {
            email: email.parse().expect("an address"),
            roles: vec!["member".parse().expect("a key")],
        };
        invitations.create(new, None).await.expect("invited");
    }
    // Somebody else wants the address.
    let other = db
        .users()
        .create(NewUser::new("thief@x.test".parse().expect("an address")))
        .await;
    let to = "zephyrine.old@quill.test".parse().expect("an address");
    let tokens = db.verification_tokens();
    let issued = tokens
        .issue(Intent::ChangeEmail { to }, other.expect("a user").id, None)
        .await;
    issued.expect("issued");
}

/// The address that a member uses in one application: no verb of a tenant that was left sets it.
async fn set_email(db: &Db, application_id: Uuid, user_id: Uuid) {
    let sql = "UPDATE application_memberships SET email = 'zephyrine@quill.test' WHERE application_id = $1 AND user_id = $2";
    let statement = sea_orm::Statement::from_sql_and_values(
        db.backend(),
        sql,
        [application_id.into(), user_id.into()],
    );
    db.execute_raw(statement).await.expect("set");
}
