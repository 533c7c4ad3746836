//! A web service: sign-up, sign-in, applications, clients, invitations, and a page that does all of it.
//!
//! `cargo run -p service --features axum --example web`, then open the address that it prints. With no set-up it works on
//! `aura.db`, which it makes; `DATABASE_URL` names another database (migrate that one yourself). `PORT` is 3000 where
//! nothing else is said. A file `.env` is read. Mails are printed to the terminal in place of being sent.

mod app;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use service::web::Web;
use service::{Config, Db, EMBEDDED_URL};
use tracing_subscriber::EnvFilter;

use app::{App, Environment, PrintedMail};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        Err(dotenvy::Error::Io(error)) => {
            return Err(format!(".env cannot be read: {error}").into());
        }
        // The error quotes the line, which may hold a password.
        Err(_) => return Err(".env has a line that cannot be read: it takes NAME=value".into()),
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();

    let environment = Environment(|name: &str| std::env::var(name).ok());
    if !environment.names_a_database() {
        migrate().await?;
    }
    let config = Config::from_env()?;
    tracing::info!(database = config.database()?, "connecting");
    let db = Db::connect(config).await?;

    let listener = environment.listen().await?;
    // Behind a proxy this is the address that browsers know: `ORIGIN=https://app.example.com`.
    let origin = match environment.get("ORIGIN") {
        Some(origin) => origin,
        None => format!("http://localhost:{}", listener.local_addr()?.port()),
    };
    let app = App::new(Web::new(db.clone(), &origin)?, PrintedMail::new(&origin));

    println!("{origin} (stop with Ctrl-C)");
    let service = app::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stopped())
        .await?;
    // What is under way has been answered.
    db.close().await?;
    Ok(())
}

/// The embedded database is made when it is first used. On a server, migrating is a step of its own.
async fn migrate() -> Result<(), Box<dyn Error>> {
    use migration::connect::{ConnectOptions, connect};
    let db = connect(&EMBEDDED_URL.parse()?, &ConnectOptions::default()).await?;
    migration::migrate(&db, &migration::migrate::Options::default()).await?;
    db.close().await?;
    Ok(())
}

async fn stopped() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "cannot hear Ctrl-C");
        std::future::pending::<()>().await;
    }
}
