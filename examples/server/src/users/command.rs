//! `chat-server user …`: by the server that uses the data folder, if one runs, and else in place.

use std::{io, path::Path, time::Duration};

use chat_control::{Connection, Order, Outcome, User};
use chat_core::UserId;
use tokio::time::{Instant, sleep};

use crate::{
    config::{Config, StoreChoice, UserTask},
    data::{Data, Opened},
    failure::Failure,
    store::OpenStore,
};

/// How long a server may take to begin, or to end, until it takes orders or has let the data folder go.
const PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(50);

/// Does what is asked, and tells it on standard output.
pub(crate) async fn run(config: &Config, task: UserTask) -> Result<(), Failure> {
    let makes_user = matches!(task, UserTask::Add { .. });
    let order = order(task)?;
    check_there(&config.store, makes_user)?;
    let mut way = Way::find(config).await?;
    let done = tell(&mut way, order).await;
    way.close().await;
    done
}

/// The order, with the password from standard input where it takes one.
fn order(task: UserTask) -> Result<Order, Failure> {
    Ok(match task {
        UserTask::Add { username, email, admin } => {
            let password = password(&username)?;
            Order::Add { username, email, password, admin }
        }
        UserTask::Password { username } => {
            let password = password(&username)?;
            Order::SetPassword { username, password }
        }
        UserTask::List => Order::List { after: None },
        UserTask::Admin { username, admin } => Order::SetAdmin { username, admin },
        UserTask::Suspend { username } => Order::Suspend { username },
        UserTask::Restore { username } => Order::Restore { username },
        UserTask::Free { username } => Order::Free { username },
    })
}

fn password(of: &str) -> Result<String, Failure> {
    chat_control::password(of).map_err(Failure::new)
}

/// A database that is not there is made for the first user alone: else a path was mistyped.
fn check_there(store: &StoreChoice, makes_user: bool) -> Result<(), Failure> {
    match store {
        #[cfg(feature = "sqlite")]
        StoreChoice::Sqlite(path) if !makes_user && !path.exists() => {
            Err(Failure::new(format!("there is no database {}", path.display())))
        }
        _ => Ok(()),
    }
}

async fn tell(way: &mut Way, mut order: Order) -> Result<(), Failure> {
    loop {
        match way.ask(order).await? {
            Outcome::Done(sentence) => return crate::print(&format!("{sentence}\n")),
            Outcome::Refused(why) => return Err(Failure::new(why)),
            Outcome::Users(users) => {
                let Some(last) = users.last() else { return Ok(()) };
                let after: UserId = last.id.clone();
                crate::print(&users.iter().map(User::line).collect::<String>())?;
                order = Order::List { after: Some(after) };
            }
        }
    }
}

/// By whom orders are carried out.
enum Way {
    /// By this process. The data folder is locked meanwhile.
    InPlace { _data: Data, store: OpenStore, accounts: chat_accounts::Accounts },
    /// By the server that has locked it.
    Running(Connection),
}

impl Way {
    async fn find(config: &Config) -> Result<Self, Failure> {
        let began = Instant::now();
        loop {
            let data = match Data::try_open(&config.data)? {
                Opened::Free(data) => data,
                Opened::InUse => match Connection::open(&config.data).await {
                    Ok(server) => return Ok(Self::Running(server)),
                    Err(_) if began.elapsed() < PATIENCE => {
                        sleep(STEP).await;
                        continue;
                    }
                    Err(error) => return Err(unreachable(&config.data, &error)),
                },
            };
            let keys = super::keys(config, Some(&data))?;
            let store = OpenStore::open(&config.store).await?;
            let accounts = super::accounts(config, &store, keys).build();
            return Ok(Self::InPlace { _data: data, store, accounts });
        }
    }

    async fn ask(&mut self, order: Order) -> Result<Outcome, Failure> {
        match self {
            Self::InPlace { accounts, .. } => Ok(order.carry_out(accounts).await),
            Self::Running(server) => server
                .ask(&order)
                .await
                .map_err(|error| Failure::new(format!("the server that runs did not say what became of it: {error}"))),
        }
    }

    async fn close(self) {
        if let Self::InPlace { store, .. } = self {
            store.close().await;
        }
    }
}

fn unreachable(folder: &Path, error: &io::Error) -> Failure {
    let folder = folder.display();
    Failure::new(format!("the data folder {folder} is in use by another chat-server, which takes no orders: {error}"))
}
