#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use chat_core::{
    Action, Call, CloseReason, Code, Command, Entry, Events, Gate, Op, Policy, Question, Refusal, Requests, RolePolicy,
    RoomId, async_trait,
};
use tokio::{sync::Notify, task::JoinHandle};

use super::*;

fn user(name: &str) -> Caller {
    Caller::new(UserId::parse(name.to_lowercase()).unwrap(), Name::parse(name).unwrap())
}

/// A room with the bot in it, and somebody who talks there.
struct Bed {
    chat: Chat,
    room: RoomId,
    ann: Requests,
    events: Events,
    bot: JoinHandle<Result<CloseReason, Refusal>>,
}

impl Bed {
    async fn new(chat: Chat) -> Self {
        let room = chat.create_room(&user("Ann"), NewRoom::public(Name::parse("Talk").unwrap())).await.unwrap().room;
        let (ann, events) = chat.session(user("Ann"));
        ann.subscribe(&room, None).await.unwrap();
        let bot = tokio::spawn(bot::run(chat.clone(), user("Robo"), room.clone()));
        let mut bed = Self { chat, room, ann, events, bot };
        assert!(matches!(bed.entry().await.body, Body::Joined { .. }));
        bed
    }

    /// The next entry that is told.
    async fn entry(&mut self) -> Arc<Entry> {
        loop {
            let event = tokio::time::timeout(Duration::from_secs(60), self.events.next()).await.expect("nothing comes");
            if let Event::Entry { entry, .. } = event.unwrap() {
                return entry;
            }
        }
    }

    /// Says something, and expects the bot's answer to it.
    async fn is_answered(&mut self, post: Post) {
        let said = self.ann.send(&self.room, post).await.unwrap();
        assert_eq!(self.entry().await.seq, said.seq);
        let answer = self.entry().await;
        let Body::Message(post) = &answer.body else { panic!("no message: {answer:?}") };
        assert_eq!((answer.sender.as_str(), post.reply_to), ("robo", Some(said.seq)));
        assert!(post.text.starts_with("Hello, Ann!"), "{}", post.text);
    }

    async fn ends(self) {
        drop(self.events);
        assert_eq!(self.chat.shutdown(Duration::from_secs(60)).await, 0, "nobody had to be cut off");
        assert_eq!(self.bot.await.unwrap().unwrap(), CloseReason::GoingAway);
    }
}

#[tokio::test(start_paused = true)]
async fn it_answers_who_mentions_it_and_nobody_else() {
    let mut bed = Bed::new(Chat::builder().build()).await;
    bed.ann.send(&bed.room, Post::text("good morning, all")).await.unwrap();
    bed.entry().await;
    bed.is_answered(Post::text("are you there, ROBO?")).await;
    bed.is_answered(Post { mentions: vec![user("Robo").user], ..Post::text("and now?") }).await;

    // A room that the host takes it to.
    bed.room = bed.chat.create_room(&user("Ann"), NewRoom::public(Name::parse("More").unwrap())).await.unwrap().room;
    bed.chat.command(&user("Robo"), &bed.room, Command { client_id: None, op: Op::Join }).await.unwrap();
    bed.entry().await;
    bed.is_answered(Post::text("robo?")).await;
    bed.ends().await;
}

/// The usual rules, until somebody says the word.
struct Explosive;

impl Policy for Explosive {
    fn authorize(&self, question: &Question<'_>) -> Result<(), Refusal> {
        if let Action::Command(Op::Send(post)) = question.action {
            assert!(&*post.text != "boom", "a policy that panics, for a test");
        }
        RolePolicy.authorize(question)
    }
}

/// Has the bot wait with its next subscription.
struct Late(Arc<Notify>);

#[async_trait]
impl Gate for Late {
    async fn admit(&self, caller: &Caller, call: &Call) -> Result<(), Refusal> {
        if caller.user.as_str() == "robo" && matches!(call, Call::Subscribe { .. }) {
            self.0.notified().await;
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_where_it_was_interrupted() {
    let now = Arc::new(Notify::new());
    let mut bed = Bed::new(Chat::builder().policy(Explosive).gate(Late(now.clone())).build()).await;
    let boom = bed.ann.send(&bed.room, Post::text("boom")).await;
    assert_eq!(boom.unwrap_err().code, Code::OutcomeUnknown);
    bed.ann.subscribe(&bed.room, None).await.unwrap();
    let said = bed.ann.send(&bed.room, Post::text("robo?")).await.unwrap();
    assert_eq!(bed.entry().await.seq, said.seq);
    now.notify_one();
    assert_eq!(bed.entry().await.sender.as_str(), "robo");
    bed.ends().await;
}
