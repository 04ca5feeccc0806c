//! A shop with orders in an SQLite database, in which the chat has its tables, too.

use std::{error::Error, path::Path, sync::Arc, time::Duration};

use chat_core::{
    Body, Builder, Caller, Chat, Code, Command, Name, NewRoom, Op, Post, RoomId, RoomKind, Store, Submission, UserId,
    Window,
};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use store_sql::{SqliteOptions, SqliteStore};

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Begun,
    OrderWritten,
    MessageHandedIn,
    Committed,
}

pub(crate) struct Shop {
    /// The shop's own connections.
    orders: SqlitePool,
    store: Arc<SqliteStore>,
    chat: Chat,
    clerk: Caller,
    room: RoomId,
}

impl Shop {
    pub(crate) async fn open(file: &Path) -> Result<Self, Box<dyn Error>> {
        Self::with(Chat::builder(), file).await
    }

    pub(crate) async fn with(chat: Builder, file: &Path) -> Result<Self, Box<dyn Error>> {
        let store = Arc::new(SqliteStore::open(file, SqliteOptions::default()).await?);
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10));
        let orders = SqlitePoolOptions::new().connect_with(options).await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL)")
            .execute(&orders)
            .await?;
        let chat = chat.store(store.clone()).build();
        let clerk = Caller::new(UserId::parse("clerk")?, Name::parse("Clerk")?);
        let room = RoomId::parse("orders")?;
        let new =
            NewRoom { room: Some(room.clone()), kind: RoomKind::Private, ..NewRoom::public(Name::parse("Orders")?) };
        match chat.create_room(&clerk, new).await {
            Err(refusal) if refusal.code != Code::RoomExists => return Err(refusal.into()),
            // It was made in an earlier life, which may have ended before its creator joined it.
            _ => drop(chat.command(&clerk, &room, Command { client_id: None, op: Op::Join }).await?),
        }
        Ok(Self { orders, store, chat, clerk, room })
    }

    /// Places an order, and says so in the room: both or neither.
    pub(crate) async fn place(&self, order: i64, mut at: impl FnMut(Step)) -> Result<(), Box<dyn Error>> {
        let mut transaction = self.orders.begin_with("BEGIN IMMEDIATE").await?;
        at(Step::Begun);
        let placed = sqlx::query("INSERT INTO orders (id, item) VALUES ($1, 'tea') ON CONFLICT DO NOTHING")
            .bind(order)
            .execute(&mut *transaction)
            .await?;
        if placed.rows_affected() == 0 {
            return Ok(());
        }
        at(Step::OrderWritten);
        let text = Post::text(format!("Order {order} is placed"));
        let message = Submission::new(chat_core::new_id(), self.room.clone(), self.clerk.user.clone(), text)?;
        SqliteStore::hand_in(&mut transaction, &message).await?;
        at(Step::MessageHandedIn);
        transaction.commit().await?;
        at(Step::Committed);
        self.chat.nudge();
        Ok(())
    }

    /// What the room holds, once all that was handed in is there.
    pub(crate) async fn announced(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let intake = self.store.intake().ok_or("the store has an intake")?;
        while !intake.waiting(None, 1).await?.is_empty() {
            self.chat.nudge();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let history = self.chat.history(&self.clerk, &self.room, Window::last(None, 200)).await?;
        let texts = history.messages.iter().filter_map(|(message, _)| match &message.entry.body {
            Body::Message(post) => Some(post.text.to_string()),
            _ => None,
        });
        Ok(texts.collect())
    }

    pub(crate) async fn close(self) {
        self.orders.close().await;
        self.chat.shutdown(Duration::from_secs(5)).await;
        self.store.close().await;
    }
}
