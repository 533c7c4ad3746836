//! `aura application create`.

use service::{Application, Db, Line, NewApplication, NewUser, PublicId, Slug, Text, User};

use crate::confirm::asked;
use crate::context::Context;
use crate::failure::Failure;
use crate::look_up::{self, Life, Who};

/// Make an application with its roles and its first owner
#[derive(clap::Args)]
pub(crate) struct Create {
    /// What people call it
    name: Line<200>,
    /// The first owner, by id or e-mail
    #[arg(long, value_name = "USER")]
    owner: Who,
    /// Make the owner too, where there is no user with that e-mail; on a terminal it is asked
    #[arg(long = "create-owner")]
    make_owner: bool,
    /// Its name in addresses; default: the name, in lower case and with hyphens
    #[arg(long)]
    slug: Option<Slug>,
    /// What it is for
    #[arg(long)]
    description: Option<Text<2000>>,
    /// The id to show to the world, 10 to 20 letters and digits; default: a random one
    #[arg(long)]
    public_id: Option<PublicId>,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let slug = match self.slug.clone() {
            Some(slug) => slug,
            None => slug_of(self.name.as_str()).ok_or_else(|| {
                Failure::Invalid(
                    "no slug can be made of that name: give one with --slug".to_owned(),
                )
            })?,
        };
        let owner = self.owner(context).await?;
        let new = NewApplication {
            name: self.name,
            slug,
            description: self.description,
            public_id: self.public_id,
            compute_id: None,
        };
        let is_new = matches!(owner, Owner::New(_));
        let work = async |db: &Db| make(db, owner, new).await;
        let (owner, application) = context.db.transaction(work).await?;
        if is_new {
            eprintln!(
                "made the user {}, who has no password yet: aura user set-password {0}",
                owner.email
            );
        }
        let mut fields = super::fields(&application);
        fields.push(("owner", Some(owner.email)));
        context.output.one(&application, &fields)
    }

    async fn owner(&self, context: &Context) -> Result<Owner, Failure> {
        let text = match look_up::user(&context.db, &self.owner, Life::Live).await {
            Ok(user) => return Ok(Owner::There(user)),
            Err(Failure::NotFound(text)) => text,
            Err(other) => return Err(other),
        };
        let Who::Email(email) = &self.owner else {
            return Err(Failure::NotFound(text));
        };
        if self.make_owner || asked(&format!("{text}. Make that user too?"))? {
            return Ok(Owner::New(NewUser::new(email.clone())));
        }
        Err(Failure::NotFound(format!(
            "{text}: make the user with `aura user create {email}`, or give --create-owner"
        )))
    }
}

/// The first owner, who is there or still to be made.
enum Owner {
    There(User),
    New(NewUser),
}

/// The application, and its owner: both, or none.
async fn make(db: &Db, owner: Owner, new: NewApplication) -> service::Result<(User, Application)> {
    let owner = match owner {
        Owner::There(user) => user,
        Owner::New(new) => db.users().create(new).await?,
    };
    let application = db.applications().create(owner.id, new).await?;
    Ok((owner, application))
}

/// Words of ASCII letters and digits with hyphens between; `None` where there are none.
fn slug_of(name: &str) -> Option<Slug> {
    // Letters that would be left out make another name of it.
    if name
        .chars()
        .any(|letter| letter.is_alphanumeric() && !letter.is_ascii())
    {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_a_name_that_ascii_can_write() {
        let slug = |name| slug_of(name).map(String::from);
        assert_eq!(slug("Harbour Bakery"), Some("harbour-bakery".to_owned()));
        assert_eq!(slug("  A & B, Ltd. "), Some("a-b-ltd".to_owned()));
        for without in ["Café", "東京", "…", ""] {
            assert_eq!(slug(without), None, "{without}");
        }
    }
}
