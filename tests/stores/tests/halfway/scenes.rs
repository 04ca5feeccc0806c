//! What is done, and what must be found afterwards.

use std::sync::Arc;

use chat_accounts::{Account, AccountStore, Accounts, AccountsBuilder, By, Keys, Signer, Standing, Username};
use chat_core::{
    Body, Call, Caller, Chat, ClientId, Command, Directory as _, FactsQuery, Name, NewRoom, Op, OwnRooms, Receipt,
    Refusal, Reply, Role, RoomId, RoomKind, Store as _, Timestamp, UserId, Window,
};
use store_mongo::{MongoOptions, MongoStore};
use store_sql::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};

use crate::{
    coming_in,
    mortal::{Mortal, Whole},
};

/// Of whom ann is the owner: bob is a member of the first two.
const ROOMS: [(&str, RoomKind); 3] =
    [("tea", RoomKind::Public), ("den", RoomKind::Private), ("nook", RoomKind::Private)];

pub(crate) const KEY: &str = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn caller(id: &str) -> Caller {
    Caller::new(user(id), Name::parse(id).unwrap())
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

fn name(id: &str) -> Option<ClientId> {
    ClientId::parse(id).ok()
}

async fn open(database: &str) -> Arc<dyn Whole> {
    if let Some(file) = database.strip_prefix("sqlite:") {
        Arc::new(SqliteStore::open(file, SqliteOptions::default()).await.unwrap())
    } else if database.starts_with("postgres") {
        Arc::new(PostgresStore::open(database, PostgresOptions::default()).await.unwrap())
    } else {
        let (url, name) = database.split_once(' ').unwrap();
        Arc::new(MongoStore::open(url, MongoOptions::default().database(name)).await.unwrap())
    }
}

/// A store, and an engine and accounts on it.
pub(crate) struct Stage {
    store: Arc<Mortal>,
    chat: Chat,
    accounts: Accounts,
}

impl Stage {
    pub(crate) async fn open(database: &str, writes: i64) -> Self {
        let store = Arc::new(Mortal::new(open(database).await, writes));
        let accounts = accounts(&store);
        let chat = Chat::builder().store(store.clone()).people(accounts.clone()).secret([7; 32]).build();
        accounts.attach(&chat);
        Self { store, chat, accounts }
    }

    pub(crate) async fn set_up(&self) {
        for id in ["ann", "bob"] {
            let username = Username::parse(id).unwrap();
            let account = Account {
                user: user(id),
                username,
                email: None,
                password: None,
                admin: false,
                standing: Standing::Active,
                findable: true,
                hides: Default::default(),
                identity: None,
                created_at: Timestamp(0),
                revision: 0,
            };
            self.store.create_account(&account).await.unwrap();
        }
        coming_in::set_up(&self.store).await;
        for (id, kind) in ROOMS {
            let new = NewRoom { kind, ..NewRoom::public(Name::parse("A room").unwrap()).with_id(room(id)) };
            self.chat.create_room(&caller("ann"), new).await.unwrap();
        }
        for id in ["tea", "den"] {
            self.done("ann", id, None, Op::Invite { user: user("bob") }).await.unwrap();
            self.done("bob", id, None, Op::Join).await.unwrap();
        }
    }

    async fn done(&self, who: &str, id: &str, client_id: Option<ClientId>, op: Op) -> Result<Receipt, Refusal> {
        self.chat.command(&caller(who), &room(id), Command { client_id, op }).await
    }

    pub(crate) async fn play(&self, scene: &str) {
        match scene {
            "hand-over" => self.hand_over().await,
            "invite" => self.invite().await,
            "register" => coming_in::register(&self.store).await,
            "sign-in" => coming_in::sign_in(&self.store).await,
            _ => {
                self.accounts.console().delete(&user("ann")).await.unwrap();
                // As the next look does, which comes minutes later.
                let next = accounts(&self.store);
                next.attach(&self.chat);
                self.until_finished().await;
            }
        }
    }

    async fn hand_over(&self) {
        let give = Op::SetRole { user: user("bob"), role: Role::Owner };
        self.done("ann", "tea", name("give"), give).await.unwrap();
        self.done("ann", "tea", name("leave"), Op::Leave).await.unwrap();
    }

    async fn invite(&self) {
        let call = Call::MakeInvite { room: room("nook"), expires: None, uses: Some(2), client_id: name("invite") };
        let Ok(Reply::InviteMade { invite, .. }) = self.chat.call(&caller("ann"), call).await else {
            panic!("no code")
        };
        let code = invite.code.unwrap();
        let (room, invite, client_id) = (code.room().clone(), Some(code.key()), name("join"));
        let join = Call::Join { room, username: None, guest_token: None, invite, client_id };
        self.chat.call(&caller("bob"), join).await.unwrap();
    }

    async fn until_finished(&self) {
        while !self.store.unfinished_deletions(None, 1).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }

    /// The first members by rank.
    async fn seniors(&self, id: &str) -> Vec<(String, Role)> {
        let query = FactsQuery { seniors: true, ..FactsQuery::default() };
        let facts = self.store.facts(&room(id), &query).await.unwrap();
        facts.seniors.iter().map(|fact| (fact.user.to_string(), fact.role().unwrap())).collect()
    }

    pub(crate) async fn check(&self, scene: &str) {
        let (ann, bob) = (|role| ("ann".to_owned(), role), |role| ("bob".to_owned(), role));
        let (first, both) = ([ann(Role::Owner), bob(Role::Member)], [ann(Role::Owner), bob(Role::Owner)]);
        let after = [bob(Role::Owner)];
        match scene {
            "hand-over" => {
                let seniors = self.seniors("tea").await;
                assert!([&first[..], &both, &after].contains(&&*seniors), "{seniors:?}");
                self.hand_over().await;
                assert_eq!(self.seniors("tea").await, after);
            }
            "invite" => {
                // A code that was told goes on to work, and nobody uses it up twice.
                self.invite().await;
                let record = self.store.room(&room("nook")).await.unwrap().unwrap();
                let used: Vec<u32> = record.meta.invites.live(Timestamp(0)).map(|invite| invite.used).collect();
                assert_eq!((used, record.members), (vec![1], 2));
                let log = self.store.entries(&room("nook"), Window::after(0, 9)).await.unwrap().items;
                let made = log.iter().filter(|entry| matches!(entry.body, Body::InviteMade { .. })).count();
                assert_eq!((made, log.len()), (1, 3), "{log:?}");
            }
            "register" => coming_in::check_registration(&self.store).await,
            "sign-in" => coming_in::check_sign_in(&self.store).await,
            _ => {
                self.until_finished().await;
                let account = self.store.account(By::User(&user("ann"))).await.unwrap().unwrap();
                let shown = self.store.profiles(&[user("ann")]).await.unwrap().remove(0).name;
                let (name, rooms, expected) = match account.is_deleted() {
                    true => ("deleted user", 0, &after[..]),
                    false => ("ann", ROOMS.len(), &first[..]),
                };
                assert_eq!(shown.as_str(), name);
                let theirs = self.store.rooms_of(&user("ann"), &OwnRooms::all(), 9).await.unwrap();
                assert_eq!(theirs.len(), rooms, "{theirs:?}");
                for id in ["tea", "den"] {
                    assert_eq!(self.seniors(id).await, expected, "{id} of {name}");
                }
            }
        }
    }
}

fn accounts(store: &Arc<Mortal>) -> Accounts {
    builder(store).build()
}

pub(crate) fn builder(store: &Arc<Mortal>) -> AccountsBuilder {
    let keys = Keys::parse(KEY).unwrap();
    Accounts::builder(store.clone(), Signer::new(keys, "chat", "chat"))
}
