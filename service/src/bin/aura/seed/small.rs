//! Data to develop with: small, believable, the same each time, made by the verbs that applications use.

use std::fmt;

use entity::applications;
use sea_orm::ColumnTrait;
use service::{Db, Error, NewApplication, NewClient, NewRole, NewUser, Permission, Result, Tenant};
use uuid::Uuid;

/// `slug`, `name`, `description`, `public_id`.
const APPLICATIONS: [[&str; 4]; 3] = [
    [
        "harbour-bakery",
        "Harbour Bakery",
        "Bread and cakes, three shops",
        "SeedHarbour01",
    ],
    [
        "north-legal",
        "North Legal",
        "A law firm of two partners",
        "SeedNorthLegal1",
    ],
    [
        "kite-studio",
        "Kite Studio",
        "Design for people who fly kites",
        "SeedKiteStudio1",
    ],
];

/// Given name, family name, and the role in each application (`-`: none).
const USERS: [(&str, &str, [&str; 3]); 12] = [
    ("Ada", "Lindqvist", ["owner", "member", "-"]),
    ("Bruno", "Okafor", ["admin", "-", "-"]),
    ("Chiara", "Moretti", ["member", "-", "member"]),
    ("Daniel", "Kowalski", ["member", "owner", "-"]),
    ("Elif", "Yılmaz", ["support", "admin", "-"]),
    ("Farid", "Haddad", ["-", "member", "admin"]),
    ("Greta", "Sørensen", ["-", "owner", "-"]),
    ("Hugo", "Fernández", ["-", "member", "member"]),
    ("Ines", "Carvalho", ["-", "-", "owner"]),
    ("Jun", "Takahashi", ["member", "-", "support"]),
    // Left the bakery, and is still at the studio.
    ("Kira", "Novak", ["member", "-", "member"]),
    // Deleted.
    ("Luca", "Bianchi", ["member", "member", "-"]),
];

const CLIENTS: [&str; 10] = [
    "Café Morgenrot",
    "Hotel Belvedere",
    "Green Valley School",
    "Ristorante Da Nino",
    "City Library",
    "Müller & Söhne",
    "Blue Door Gallery",
    "Østergaard Farm",
    "Rivera Logistics",
    "Old Mill Brewery",
];

/// What seeding did.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Seeded {
    Now { users: usize, clients: usize },
    Already,
}

impl fmt::Display for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now { users, clients } => write!(
                f,
                "seeded {} applications, {users} users, {clients} clients; try ada.lindqvist@example.com",
                APPLICATIONS.len()
            ),
            Self::Already => f.write_str("seeded already: nothing changed"),
        }
    }
}

/// All or nothing, and nothing where it is there already, deleted or not.
pub(crate) async fn seed(db: &Db) -> Result<Seeded> {
    db.transaction(async |db| {
        let ids = APPLICATIONS.map(|[.., public_id]| public_id);
        let there = db
            .find::<applications::Entity>()
            .with_deleted()
            .filter(applications::Column::PublicId.is_in(ids))
            .exists()
            .await?;
        if there {
            return Ok(Seeded::Already);
        }
        let users = users(db).await?;
        let mut clients = 0;
        for place in 0..APPLICATIONS.len() {
            clients += application(db, place, &users).await?;
        }
        let [.., last] = users;
        db.users().delete(last).await?;
        Ok(Seeded::Now {
            users: users.len(),
            clients,
        })
    })
    .await
}

async fn users(db: &Db) -> Result<[Uuid; 12]> {
    let mut ids = [Uuid::nil(); 12];
    for ((given, family, _), id) in USERS.iter().zip(&mut ids) {
        let ascii = |name: &str| -> String {
            let plain = name.chars().map(|letter| match letter {
                'ı' => 'i',
                'ø' => 'o',
                'á' => 'a',
                other => other,
            });
            plain.collect::<String>().to_ascii_lowercase()
        };
        let address = format!("{}.{}@example.com", ascii(given), ascii(family));
        let new = NewUser {
            username: Some(ascii(given).parse()?),
            name: Some(format!("{given} {family}").parse()?),
            given_name: Some(given.parse()?),
            family_name: Some(family.parse()?),
            ..NewUser::new(address.parse()?)
        };
        *id = db.users().create(new).await?.id;
    }
    Ok(ids)
}

async fn application(db: &Db, place: usize, users: &[Uuid; 12]) -> Result<usize> {
    let [slug, name, description, public_id] = APPLICATIONS[place];
    let in_role = |role: &'static str| {
        USERS
            .iter()
            .zip(users)
            .filter(move |((.., roles), _)| roles[place] == role)
            .map(|(_, id)| *id)
    };
    let first = in_role("owner").next().ok_or(Error::LastOwner)?;
    let new = NewApplication {
        name: name.parse()?,
        slug: slug.parse()?,
        description: Some(description.parse()?),
        public_id: Some(public_id.parse()?),
        compute_id: None,
    };
    let made = db.applications().create(first, new).await?;
    let tenant = db.tenant(first, made.id).await?;
    let admin = tenant.admin()?;
    let support = NewRole {
        key: "support".parse()?,
        name: "Support".parse()?,
        description: Some("Answers clients".parse()?),
        permissions: vec![permission("clients.read")?, permission("emails.*")?],
    };
    admin.roles().create(support).await?;
    for role in ["owner", "admin", "member", "support"] {
        for user in in_role(role).filter(|user| *user != first) {
            admin.members().add(user, &[role]).await?;
        }
    }
    clients(&tenant, place, in_role("member").collect()).await?;
    if place == 0 {
        // Somebody left.
        admin.members().remove(users[10]).await?;
    }
    Ok(CLIENTS.len())
}

async fn clients(tenant: &Tenant, place: usize, members: Vec<Uuid>) -> Result<()> {
    for (n, name) in CLIENTS.iter().enumerate() {
        let new = NewClient {
            email: Some(format!("client{n}@shop{place}.example.org").parse()?),
            phone: Some(format!("+49 30 5550{place}{n:02}").parse()?),
            ..NewClient::new(name.parse()?)
        };
        let client = tenant.clients().create(new).await?;
        if let Some(member) = members.get(n % (members.len() + 1)) {
            tenant.clients().assign(client.id, *member).await?;
        }
        if n == CLIENTS.len() - 1 {
            tenant.clients().delete(client.id).await?;
        }
    }
    Ok(())
}

fn permission(text: &str) -> Result<Permission> {
    text.parse()
}
