//! Writing a JSON document as it comes about: no more of it is in memory than an item.

use serde_json::Value as Json;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::error::{Error, Result};

/// An object whose members are written one after the other.
pub(super) struct Document<'w, W> {
    out: &'w mut W,
    members: u64,
    items: u64,
}

impl<'w, W: AsyncWrite + Unpin + Send> Document<'w, W> {
    pub(super) async fn begin(out: &'w mut W) -> Result<Self> {
        let mut document = Self {
            out,
            members: 0,
            items: 0,
        };
        document.write("{").await?;
        Ok(document)
    }

    pub(super) async fn member(&mut self, name: &str, value: &Json) -> Result<()> {
        self.name(name).await?;
        self.write(&value.to_string()).await
    }

    /// Begins a list: `item` adds to it, `end_list` ends it.
    pub(super) async fn begin_list(&mut self, name: &str) -> Result<()> {
        self.name(name).await?;
        self.items = 0;
        self.write("[").await
    }

    pub(super) async fn item(&mut self, value: &Json) -> Result<()> {
        let comma = if self.items == 0 { "\n" } else { ",\n" };
        self.items += 1;
        self.write(&format!("{comma}{value}")).await
    }

    pub(super) async fn end_list(&mut self) -> Result<()> {
        self.write("]").await
    }

    pub(super) async fn end(mut self) -> Result<()> {
        self.write("\n}\n").await?;
        self.out.flush().await.map_err(Error::Output)
    }

    async fn name(&mut self, name: &str) -> Result<()> {
        let comma = if self.members == 0 { "\n" } else { ",\n" };
        self.members += 1;
        self.write(&format!("{comma}\"{name}\": ")).await
    }

    async fn write(&mut self, text: &str) -> Result<()> {
        let written = self.out.write_all(text.as_bytes()).await;
        written.map_err(Error::Output)
    }
}
