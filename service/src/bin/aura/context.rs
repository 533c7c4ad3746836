//! What every command works with: the database, in somebody's name, and where the result goes.

use migration::connect::DatabaseUrl;
use service::{Application, Config, Db, Error, Result as ServiceResult, Tenant, User};

use crate::failure::{Failure, NO_SCHEMA};
use crate::look_up::{self, Life, Who};
use crate::output::Output;

/// What can be said with every command.
#[derive(clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// `postgres://…` or `sqlite://…`; default: `sqlite://aura.db?mode=rwc`
    #[arg(
        short = 'u',
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        global = true
    )]
    database_url: Option<String>,
    /// Whether that was typed: then it is that database, whatever the environment says of a pooler.
    #[arg(skip)]
    pub(crate) typed: bool,
    /// The `PostgreSQL` schema of the tables
    #[arg(short = 's', long, env = "DATABASE_SCHEMA", global = true)]
    database_schema: Option<String>,
    /// Print the result as one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Names who acts in the audit: a user by id or e-mail. Inside an application (`member`, `application show` and
    /// `delete`, `audit --application`) that user must be a member, and may do what a role there allows. All else, also
    /// to restore an application, is the power of whoever runs this, and no user's role is asked. Default: the system
    #[arg(long, value_name = "USER", global = true)]
    actor: Option<Who>,
    /// Why the system does it, for the audit; default: the command
    #[arg(long, value_name = "TEXT", conflicts_with = "actor", global = true)]
    reason: Option<String>,
}

impl Global {
    /// The setting, as the command line or the environment has it.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        match name {
            "DATABASE_URL" => self.database_url.clone(),
            "DATABASE_SCHEMA" => self.database_schema.clone(),
            "DATABASE_URL_POOLER" if self.typed => None,
            other => std::env::var(other).ok(),
        }
        .filter(|value| !value.is_empty())
    }

    /// Whether the database is on this machine, as far as its address says; an address that says nothing is elsewhere.
    fn is_local(&self) -> bool {
        let url = self
            .setting("DATABASE_URL_POOLER")
            .or_else(|| self.setting("DATABASE_URL"));
        // Without one it is a file.
        url.is_none_or(|url| url.parse().is_ok_and(|url: DatabaseUrl| url.is_local()))
    }

    /// How to connect. Nothing here runs through the wall: its login is not needed, nor looked at.
    pub(crate) fn config(&self) -> ServiceResult<Config> {
        Config::from_vars(|name| match name {
            "DATABASE_URL_RUNTIME" => None,
            other => self.setting(other),
        })
    }
}

/// What every command works with.
pub(crate) struct Context {
    /// In the name of whoever acts.
    pub(crate) db: Db,
    pub(crate) output: Output,
    /// Which database it is, without its password.
    pub(crate) place: String,
    /// Whether that is on this machine.
    pub(crate) is_local: bool,
    actor: Option<User>,
    reason: String,
}

impl Context {
    /// Connects. `command` is what the audit says where nothing else was said.
    pub(crate) async fn open(global: &Global, command: &str) -> Result<Self, Failure> {
        let config = global.config()?;
        let place = config.database()?;
        // Not on the standard output, which holds the result alone.
        eprintln!("database: {place}");
        if let Some(file) = place.strip_prefix("sqlite://")
            && !std::path::Path::new(file).exists()
        {
            // Connecting would make an empty one.
            return Err(Failure::Failed(format!(
                "there is no file {file}: {NO_SCHEMA}"
            )));
        }
        let db = Db::connect(config).await?;
        let reason = match &global.reason {
            Some(reason) => reason.clone(),
            None => format!("aura {command}"),
        };
        let actor = match &global.actor {
            Some(who) => Some(look_up::user(&db, who, Life::Live).await?),
            None => None,
        };
        let db = match &actor {
            Some(user) => db.acting_as(user.id),
            None => db.as_system(&reason)?,
        };
        Ok(Self {
            db,
            output: Output::new(global.json),
            place,
            is_local: global.is_local(),
            actor,
            reason,
        })
    }

    /// The application, entered by whoever acts.
    pub(crate) async fn tenant(&self, application: &Application) -> Result<Tenant, Failure> {
        let Some(actor) = &self.actor else {
            return Ok(self.db.system(application.id, &self.reason).await?);
        };
        match self.db.tenant(actor.id, application.id).await {
            Err(Error::NotFound) => Err(Failure::Refused(format!(
                "{} is no member of {}: leave out --actor to act as the system",
                actor.email, application.slug
            ))),
            other => Ok(other?),
        }
    }
}
