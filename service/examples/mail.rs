//! The mail of README, run: `cargo run -p migration -- up`, then `cargo run -p service --example mail`.

use service::{
    ChallengeRecord, Config, Db, Direction, DomainFilter, DomainName, EmailFilter, LocalPart,
    MailDepth, MailboxFilter, NewApplication, NewDomain, NewEmail, NewMailbox, NewUser, Pattern,
    Result,
};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    mail(&db, &run).await?;
    println!("mail without surprises");
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn mail(db: &Db, run: &str) -> Result<()> {
    let new_application = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("mail-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let bakery = db.applications().create(ada.id, new_application).await?;
    let tenant = db.tenant(ada.id, bakery.id).await?;
    let name: DomainName = format!("bakery-{run}.example").parse()?;
    let guest = "guest@guests.example".parse()?;
    let received_at = db.clock().now();
    let sent_at = received_at + std::time::Duration::from_mins(1);
    // What a resolver would answer.
    let mut dns: Vec<String> = vec!["v=spf1 -all".to_owned()];

    // readme: begin
    // Claim a domain. Others may claim it too: whoever can write to its DNS is its owner, one and no more.
    let domain = tenant.domains().create(NewDomain { name }).await?;
    let record = ChallengeRecord::of(&domain); // _aura-challenge.… TXT "aura-domain-verification=…"
    assert!(tenant.domains().verify(domain.id, &dns).await.is_err());
    dns.push(record.value);
    let domain = tenant.domains().verify(domain.id, &dns).await?;
    assert!(domain.verified_at.is_some());

    // Mailboxes stand under a verified domain. One catches what no other does.
    let sales = NewMailbox {
        user_id: Some(ada.id),
        ..NewMailbox::new(domain.id, "Sales".parse()?)
    };
    let sales = tenant.mailboxes().create(sales).await?;
    let rest = NewMailbox::new(domain.id, LocalPart::catch_all());
    let rest = tenant.mailboxes().create(rest).await?;
    let written = format!("SALES@{}.", domain.name.to_uppercase()).parse()?;
    let routed = tenant.mailboxes().resolve_address(&written).await?;
    assert_eq!(routed.as_ref(), Some(&sales));
    let nobody = format!("nobody@{}", domain.name).parse()?;
    let routed = tenant.mailboxes().resolve_address(&nobody).await?;
    assert_eq!(routed.as_ref(), Some(&rest));

    // Which members have some mailbox like this? How many mailboxes has each domain?
    let like = MailboxFilter {
        address: Some(Pattern::starts_with("sales@")?),
        ..MailboxFilter::default()
    };
    let holders = tenant.mailboxes().holders(&like, 50, None).await?;
    assert_eq!(holders.items[0].user.id, ada.id);
    let all = MailboxFilter::default();
    let counts = tenant.mailboxes().count_by_domain(&all).await?;
    assert_eq!(counts, [(domain.id, 2)]);

    // What was received is recorded: once, however often and however many deliver it.
    let letter = NewEmail {
        to: vec![written],
        subject: "Bread for Friday".parse()?,
        body: "Two rye, please".parse()?,
        message_id: Some("<1@guests.example>".parse()?),
        mailbox_id: Some(sales.id),
        ..NewEmail::new(Direction::Received, received_at, guest)
    };
    let letter = tenant.emails().record(letter).await?;
    assert!(letter.new);
    // An answer joins the thread of what it answers.
    let answer = NewEmail {
        in_reply_to: Some("<1@guests.example>".parse()?),
        mailbox_id: Some(sales.id),
        ..NewEmail::new(Direction::Sent, sent_at, sales.email.parse()?)
    };
    let answer = tenant.emails().record(answer).await?.message.email;
    let thread = EmailFilter::thread(letter.message.email.id);
    let page = tenant.emails().list(&thread, 50, None).await?;
    assert_eq!(page.items[0].id, answer.id); // the newest first
    let page = tenant.emails().with_recipients(page).await?;
    assert_eq!(page.items[1].recipients.to, [sales.email.as_str()]);
    let (words, all) = ("rye -wheat".parse()?, EmailFilter::default());
    let found = tenant.emails().search(&words, &all, 50, None).await?;
    assert_eq!(found.items[0].subject, "Bread for Friday");
    let ids = [sales.id, rest.id];
    let counts = tenant.emails().count_by_mailbox(&ids).await?;
    assert_eq!(counts, [2, 0]);

    // Domains with their mailboxes with their latest mail: three queries, however many there are.
    let all = DomainFilter::default();
    let depth = MailDepth {
        mailboxes: 10,
        emails: 3,
    };
    let domains = tenant.domains();
    let page = domains.list_with_mail(&all, depth, 20, None).await?;
    assert_eq!(page.items[0].mailboxes[0].mailbox, sales);
    assert_eq!(page.items[0].mailboxes[0].emails[0].id, answer.id);

    // Deleted, a domain takes its mailboxes and their mail with it; restored, it brings back exactly those.
    tenant.domains().delete(domain.id).await?;
    assert_eq!(tenant.mailboxes().get(sales.id).await?, None);
    tenant.domains().restore(domain.id).await?;

    // Given up, its name is free for others, and the record in its DNS proves nothing any more.
    tenant.domains().release(domain.id).await?;
    assert!(tenant.domains().verify(domain.id, &dns).await.is_err());
    // readme: end
    Ok(())
}
