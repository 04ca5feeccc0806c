#![allow(clippy::unwrap_used)]

use std::{path::PathBuf, process::Command};

use chat_core::{
    Action, Chat, Epoch, Observed, Observer, Op, Policy, Question, Refusal, RolePolicy, RoomId, Seq, async_trait,
};

use super::shop::{Shop, Step};

const FILE: &str = "SHOP_FILE";
const DIE_AT: &str = "SHOP_DIES_AT";
const ORDER: &str = "SHOP_ORDER";

/// Where the process dies: at the shop's steps, and at the engine's afterwards.
const DEATHS: [&str; 6] = ["Begun", "OrderWritten", "MessageHandedIn", "Committed", "Sending", "Sent"];

#[tokio::test]
async fn wherever_it_dies_there_are_both_or_neither() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut placed = 0;
    for (order, death) in DEATHS.iter().cycle().take(3 * DEATHS.len()).enumerate() {
        let died = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::process_that_dies", "--ignored"])
            .envs([(FILE, file.as_os_str()), (DIE_AT, death.as_ref()), (ORDER, order.to_string().as_ref())])
            .output()
            .unwrap();
        assert!(!died.status.success(), "it was to die at {death}: {died:?}");
        let shop = Shop::open(&file).await.unwrap();
        let announced = shop.announced().await.unwrap();
        placed += usize::from(!["Begun", "OrderWritten", "MessageHandedIn"].contains(death));
        assert_eq!(announced.len(), placed, "order {order} died at {death}: {announced:?}");
        let ours = announced.iter().filter(|text| **text == format!("Order {order} is placed")).count();
        // Placed again, it is placed once.
        shop.place(order as i64, |_| {}).await.unwrap();
        placed += 1 - ours;
        let announced = shop.announced().await.unwrap();
        assert_eq!(announced.len(), placed, "order {order}, placed again: {announced:?}");
        shop.close().await;
    }
}

/// Not a test: the process that dies.
#[tokio::test]
#[ignore = "started and ended by a test"]
async fn process_that_dies() {
    let file = PathBuf::from(std::env::var_os(FILE).unwrap());
    let (death, order): (String, i64) =
        (std::env::var(DIE_AT).unwrap(), std::env::var(ORDER).unwrap().parse().unwrap());
    let chat = Chat::builder().policy(Deadly(death.clone())).observer(Deadly(death.clone()));
    let shop = Shop::with(chat, &file).await.unwrap();
    let die = |step: Step| {
        if format!("{step:?}") == death {
            std::process::abort();
        }
    };
    shop.place(order, die).await.unwrap();
    shop.announced().await.unwrap();
}

/// Dies while a message is judged, or as soon as it is in the log.
struct Deadly(String);

impl Policy for Deadly {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        if self.0 == "Sending" && matches!(question.action, Action::Command(Op::Send(_))) {
            std::process::abort();
        }
        RolePolicy.authorize(question)
    }
}

#[async_trait]
impl Observer for Deadly {
    async fn committed(&self, observed: Observed) {
        if self.0 == "Sent" && observed.entry.body.is_message() {
            std::process::abort();
        }
    }

    async fn missed(&self, _: RoomId, _: Epoch, _: Seq, _: Seq) {}
}
